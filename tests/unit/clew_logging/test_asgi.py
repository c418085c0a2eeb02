"""Over a real server: uvicorn."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from clew_logging import ASGIMiddleware, current_ids, outgoing_headers, transaction
from tests.support.logged import logged
from tests.unit.clew_logging.test_wsgi import SENT, TRACE, get

LOG = logging.getLogger("shop.asgi")


class _Server(uvicorn.Server):
    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, port=0, log_config=None, lifespan="on", ws="none"))
        self.ready = threading.Event()

    async def startup(self, *arguments: Any, **named: Any) -> None:
        await super().startup(*arguments, **named)
        self.ready.set()


@contextmanager
def served(app: Any) -> Iterator[str]:
    server = _Server(app)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.ready.wait(30)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class Streaming:
    """Says how it starts and ends, and answers in two parts."""

    def __init__(self) -> None:
        self.lifespan: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        LOG.info("first")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await asyncio.gather(self._finish(send))  # in a task of its own

    async def _finish(self, send: Any) -> None:
        LOG.info("second")
        await send({"type": "http.response.body", "body": b"b"})

    async def _live(self, receive: Any, send: Any) -> None:
        while "shutdown" not in "".join(self.lifespan):
            message = await receive()
            self.lifespan.append(message["type"])
            await send({"type": message["type"] + ".complete"})


def test_every_line_of_a_streamed_answer_has_the_ids_of_its_request():
    """Those of tasks that the request has started, too."""
    app = Streaming()
    with logged("shop.asgi") as lines, served(ASGIMiddleware(app)) as url:
        status, headers, body = get(url, SENT)
    assert (status, body) == (200, b"ab")
    assert headers["x-request-id"] == "r-1"
    assert [line["message"] for line in lines] == ["first", "second"]
    for line in lines:
        assert line["trace.id"] == TRACE
        assert line["parent.id"] == "00f067aa0ba902b7"
        assert line["transaction.id"] == "A-17"
        assert line["labels"] == {"request_id": "r-1"}
    assert len({line["span.id"] for line in lines}) == 1


def test_lifespan_passes_through():
    app = Streaming()
    with served(ASGIMiddleware(app)):
        pass
    assert app.lifespan == ["lifespan.startup", "lifespan.shutdown"]


def test_the_access_line_of_the_server_has_the_ids_too():
    """It is written while the answer is sent."""
    with logged("uvicorn.access") as lines, served(ASGIMiddleware(Streaming())) as url:
        get(url, SENT)
    [line] = lines
    assert '"GET / HTTP/1.1" 200' in line["message"]
    assert line["transaction.id"] == "A-17"


def test_two_requests_share_nothing():
    with logged("shop.asgi") as lines, served(ASGIMiddleware(Streaming())) as url:
        get(url, SENT)
        get(url, {})
    assert "transaction.id" not in lines[2]
    assert lines[2]["trace.id"] != TRACE
    assert lines[2]["labels"]["request_id"] != "r-1"


def test_requests_that_come_together_on_a_connection_share_nothing():
    """uvicorn starts the second from within the first."""
    with logged("shop.asgi") as lines, served(ASGIMiddleware(Streaming())) as url:
        host, port = url.removeprefix("http://").split(":")
        one = f"GET / HTTP/1.1\r\nHost: {host}\r\nX-Transaction-ID: A-17\r\n\r\n"
        two = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall((one + two).encode())
            with connection.makefile("rb") as answers:
                assert answers.read().count(b"HTTP/1.1 200 OK") == 2
    assert [line.get("transaction.id") for line in lines] == ["A-17", "A-17", None, None]
    assert len({line["trace.id"] for line in lines}) == 2


def test_an_exception_that_nobody_has_caught_is_logged_with_its_ids():
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("v")

    scope = {"type": "http", "headers": [(b"x-transaction-id", b"A-17")]}
    with logged("clew_logging") as lines, pytest.raises(ValueError, match="v"):
        asyncio.run(ASGIMiddleware(app)(scope, lambda: asyncio.sleep(0, {}), send_nowhere))
    [line] = lines
    assert line["error.type"] == "ValueError"
    assert line["transaction.id"] == "A-17"


def test_a_second_one_further_in_does_nothing():
    with logged("shop.asgi") as lines, served(ASGIMiddleware(ASGIMiddleware(Streaming()))) as url:
        _, headers, _ = get(url, {})
    assert {line["labels"]["request_id"] for line in lines} == {headers["x-request-id"]}


async def send_nowhere(_: Any) -> None: ...


def test_two_services_that_call_each_other_keep_one_trace_and_transaction():
    class Order(Streaming):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "lifespan":
                with transaction("A-17"):
                    LOG.info("reserving")
                    await asyncio.get_running_loop().run_in_executor(
                        None, get, stock_url, outgoing_headers()
                    )
            await super().__call__(scope, receive, send)

    with logged("shop.asgi") as lines, served(ASGIMiddleware(Streaming())) as stock_url, \
            served(ASGIMiddleware(Order())) as order_url:  # fmt: skip
        get(order_url, {})
    caller, called = lines[0], lines[1]
    assert caller["trace.id"] == called["trace.id"] == lines[3]["trace.id"]
    assert caller["transaction.id"] == called["transaction.id"] == "A-17"
    assert called["parent.id"] == caller["span.id"] == lines[3]["span.id"]
    assert "transaction.id" not in lines[3]


def test_a_websocket_has_the_ids_it_was_opened_with():
    """Its messages are sent as they are: only an answer to a request has a header to add."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(current_ids())
        await send({"type": "websocket.accept", "headers": []})

    async def send(message: Any) -> None:
        seen.append(message)

    scope = {"type": "websocket", "headers": [(b"x-transaction-id", b"A-17")]}
    asyncio.run(ASGIMiddleware(app)(scope, lambda: asyncio.sleep(0, {}), send))
    assert seen[0]["transaction.id"] == "A-17"
    assert seen[1] == {"type": "websocket.accept", "headers": []}
