"""Over a real server: wsgiref, as strict as its validator."""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest

from clew_logging import WSGIMiddleware, current_ids, get_request_id, outgoing_headers, transaction
from tests.support.logged import logged

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SENT = {
    "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    "baggage": "colour=red",
    "X-Request-ID": "r-1",
    "X-Transaction-ID": "A-17",
}
LOG = logging.getLogger("shop.wsgi")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None: ...


@contextmanager
def served(app: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def get(url: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80, timeout=30)
    try:
        connection.request("GET", parts.path or "/", headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def streaming(_: Any, start_response: Any) -> Iterator[bytes]:
    """All of a generator runs after the application has returned."""
    LOG.info("first")
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"a"
    LOG.info("second")
    yield b"b"


def ready(_: Any, start_response: Any) -> list[bytes]:
    LOG.info("ready")
    start_response("200 OK", [("Content-Type", "text/plain"), ("x-request-id", "own")])
    return [b"ready"]


def test_every_line_of_a_streamed_answer_has_the_ids_of_its_request():
    with (
        logged("shop.wsgi") as lines,
        served(validator(WSGIMiddleware(validator(streaming)))) as url,
    ):
        status, headers, body = get(url, SENT)
    assert (status, body) == (200, b"ab")
    assert headers["X-Request-ID"] == "r-1"
    assert [line["message"] for line in lines] == ["first", "second"]
    for line in lines:
        assert line["trace.id"] == TRACE
        assert line["parent.id"] == "00f067aa0ba902b7"
        assert line["transaction.id"] == "A-17"
        assert line["labels"] == {"request_id": "r-1"}
    assert len({line["span.id"] for line in lines}) == 1


def test_an_answer_that_says_its_request_id_keeps_it():
    with served(WSGIMiddleware(ready)) as url:
        _, headers, body = get(url, {})
    assert body == b"ready"
    assert [v for n, v in headers.items() if n.lower() == "x-request-id"] == ["own"]
    assert headers["Content-Length"] == "5"


def test_two_requests_share_nothing():
    with logged("shop.wsgi") as lines, served(WSGIMiddleware(streaming)) as url:
        get(url, SENT)
        get(url, {})
    assert "transaction.id" not in lines[2]
    assert lines[2]["trace.id"] != TRACE
    assert lines[2]["labels"]["request_id"] != "r-1"


def test_an_application_that_fails_leaves_nothing_behind():
    def failing(environ: Any, start_response: Any) -> Iterable[bytes]:
        raise ValueError("v")

    with logged("clew_logging") as lines, pytest.raises(ValueError, match="v"):
        WSGIMiddleware(failing)({"REQUEST_METHOD": "GET", "HTTP_X_TRANSACTION_ID": "A-17"}, print)
    [line] = lines
    assert line["error.type"] == "ValueError"
    assert line["transaction.id"] == "A-17"
    assert current_ids() == {}
    assert get_request_id() is None


class Closing:
    """A body whose end is logged, and that fails on the way where it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.ids = error, {"": ""}

    def __iter__(self) -> Iterator[bytes]:
        yield b"a"
        if self.error:
            raise self.error

    def close(self) -> None:
        self.ids = current_ids()


@pytest.mark.parametrize("error", [None, ValueError("v")])
def test_a_body_is_closed_within_its_request(error: Exception | None):
    body = Closing(error)
    answer = WSGIMiddleware(lambda *_: body)({"HTTP_X_TRANSACTION_ID": "A-17"}, print)
    parts = iter(answer)
    assert next(parts) == b"a"
    expected = StopIteration if error is None else ValueError
    with logged("clew_logging") as lines, pytest.raises(expected):
        next(parts)
    assert [line["transaction.id"] for line in lines] == ["A-17"] * bool(error)
    answer.close()  # type: ignore[attr-defined]
    assert body.ids["transaction.id"] == "A-17"
    assert current_ids() == {}


def test_a_file_is_left_to_the_server():
    """It knows how to send one without reading it."""
    with open(__file__, "rb") as file:  # noqa: PTH123
        sent = FileWrapper(file)
        answer = WSGIMiddleware(lambda *_: sent)({"wsgi.file_wrapper": FileWrapper}, print)
    assert answer is sent


def test_two_services_that_call_each_other_keep_one_trace_and_transaction():
    def stock(_: Any, start_response: Any) -> list[bytes]:
        logging.getLogger("shop.wsgi.stock").info("reserved")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    with logged("shop.wsgi") as lines, served(WSGIMiddleware(stock)) as stock_url:

        def order(_: Any, start_response: Any) -> list[bytes]:
            with transaction("A-17"):
                logging.getLogger("shop.wsgi.order").info("reserving")
                _, _, body = get(stock_url, outgoing_headers())
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [body]

        with served(WSGIMiddleware(order)) as order_url:
            assert get(order_url, {})[2] == b"ok"
    caller, called = lines
    assert (caller["log.logger"], called["log.logger"]) == ("shop.wsgi.order", "shop.wsgi.stock")
    assert caller["trace.id"] == called["trace.id"]
    assert caller["transaction.id"] == called["transaction.id"] == "A-17"
    assert called["parent.id"] == caller["span.id"]
    assert caller["labels"] == called["labels"]
