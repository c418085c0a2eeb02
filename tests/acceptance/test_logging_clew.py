"""What stands in the page on Python's logging, run as it stands, with the servers it names."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import UNSET

from clew.runtime.addresses import free_port
from clew.schema.record import Record, decode_canonical
from tests.support.components import ROOT
from tests.support.libraries import python
from tests.support.libraries.page import PAGES, write_blocks
from tests.support.processes import wait_until

pytestmark = pytest.mark.timeout(600)  # the first time, packages are fetched

_API = "opentelemetry-api==1.45.2"
_FASTAPI = ("fastapi==0.165.0", "uvicorn==0.54.0", _API)
_FLASK = ("flask==3.1.3", "gunicorn==27.0.1", _API)
_DJANGO = ("django==5.2.19", "gunicorn==27.0.1", "uvicorn==0.54.0", _API)
_STRUCTLOG = ("structlog==26.1.0", _API)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {
    "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    "X-Request-ID": "r-1",
    "X-Transaction-ID": "A-17",
}


class Page:
    """A folder with the files of the page, and an environment to run them in."""

    def __init__(self, folder: Path, *packages: str) -> None:
        self.folder = folder
        write_blocks(PAGES / "python.md", folder)
        self._python = python.install(python.require_packages(*packages)) / "bin" / "python"
        self._variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "clew_logging")}

    def run(self, program: str) -> list[Record]:
        done = subprocess.run(
            [self._python, program],
            cwd=self.folder,
            env=self._variables,
            capture_output=True,
            check=False,
            timeout=100,
        )
        assert (done.returncode, done.stderr.decode()) == (0, "")
        return records(done.stdout)

    @contextmanager
    def serving(self, *command: str) -> Iterator[Server]:
        """`PORT` in the command is a free one."""
        port = free_port("127.0.0.1")
        arguments = [word.replace("PORT", str(port)) for word in command]
        with (self.folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [self._python, "-m", *arguments],
                cwd=self.folder,
                env=self._variables,
                stdout=output,
                stderr=output,
            )
        try:
            server = Server(port, process, self.folder / "output")
            wait_until(server.answers, f"{command[0]} answers")
            yield server
        finally:
            process.terminate()
            process.wait(timeout=60)


class Server:
    def __init__(self, port: int, process: subprocess.Popen[bytes], output: Path) -> None:
        self._port, self._process, self.output = port, process, output

    def get(self, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()

    def answers(self) -> bool:
        assert self._process.poll() is None, self.output.read_text()
        try:
            return self.get("/nothing", {}).status == 404
        except OSError:
            return False


def records(printed: bytes) -> list[Record]:
    """The lines, all of which have to be canonical."""
    found = [(line, decode_canonical(line)) for line in printed.splitlines()]
    assert [line for line, record in found if record is None] == []
    return [record for _, record in found if record is not None]


def check_orders(opened: Record, received: Record, failed: Record) -> None:
    """What the programs without requests have in common."""
    assert (opened.message, opened.service, opened.transaction) == ("shop is open", "shop", UNSET)
    assert (received.message, received.transaction) == ("order received", "A-17")
    assert (failed.message, failed.transaction) == ("order failed", "A-17")
    assert (failed.error_type, failed.error_message) == ("TimeoutError", "stock did not answer")
    assert isinstance(failed.stack_trace, str)
    for record in (opened, received, failed):
        assert record.timestamp is not UNSET
        assert record.logger == "shop.orders"


@pytest.mark.parametrize(
    ("program", "packages", "labels"),
    [
        ("app.py", (_API,), {"customer.name": "Ada"}),
        ("with_structlog.py", _STRUCTLOG, {"customer": "Ada", "items": "[1,2]"}),
        ("structlog_through_logging.py", _STRUCTLOG, {"customer": "Ada"}),
    ],
)
def test_what_a_program_of_the_page_prints_is_canonical(
    program: str, packages: tuple[str, ...], labels: dict[str, str], tmp_path: Path
) -> None:
    """Copied from the page, it prints canonical lines with the ID of the order."""
    lines = Page(tmp_path, *packages).run(program)
    check_orders(*lines)
    assert lines[1].labels == labels


def test_a_dictionary_configures_the_same(tmp_path: Path) -> None:
    [line] = Page(tmp_path, _API).run("by_dictionary.py")
    assert (line.message, line.service) == ("shop is open", "shop")


def test_a_worker_has_the_ids_of_its_message(tmp_path: Path) -> None:
    [line] = Page(tmp_path, _API).run("worker.py")
    assert (line.message, line.transaction) == ("order received", "A-17")
    assert len(str(line.trace)) == 32


@pytest.mark.parametrize(
    ("packages", "command"),
    [
        (_FASTAPI, ("uvicorn", "fastapi_app:app", "--port", "PORT")),
        (_FLASK, ("gunicorn", "flask_app:app", "--bind", "127.0.0.1:PORT")),
        (_DJANGO, ("gunicorn", "wsgi", "--bind", "127.0.0.1:PORT")),
        (_DJANGO, ("uvicorn", "asgi:application", "--port", "PORT")),
    ],
    ids=["fastapi", "flask", "django-wsgi", "django-asgi"],
)
def test_all_that_a_server_prints_is_canonical_and_a_requests_lines_have_its_ids(
    packages: tuple[str, ...], command: tuple[str, ...], tmp_path: Path
) -> None:
    """From its first line to its last; those of a request that failed among them."""
    with Page(tmp_path, *packages).serving(*command) as server:
        good, bad = server.get("/orders", HEADERS), server.get("/broken", HEADERS)
    assert (good.status, bad.status) == (200, 500)
    assert good.headers["X-Request-ID"] == bad.headers["X-Request-ID"] == "r-1"
    written = records(server.output.read_bytes())
    assert {line.service for line in written} == {"shop"}
    of_request = [line for line in written if line.trace == TRACE]
    assert {line.transaction for line in of_request} == {"A-17"}
    assert {line.parent for line in of_request} == {"00f067aa0ba902b7"}
    assert len({line.span for line in of_request}) == 2
    for line in of_request:
        assert line.labels is not UNSET
        assert line.labels["request_id"] == "r-1"
    assert "orders listed" in {line.message for line in of_request}
    failed = [line for line in of_request if line.error_type == "ValueError"]
    assert failed
    assert "out of stock" in str(failed[0].stack_trace)
