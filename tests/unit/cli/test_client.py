from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clew.cli.client import Client, read_token
from clew.runtime.errors import ClewError


class Stranger(http.server.BaseHTTPRequestHandler):
    """A server that is not clew's."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_answer_of_somebody_else_is_told_so(stranger: str):
    client = Client(stranger)
    with pytest.raises(ClewError, match="not as clew's query service does"):
        client.transaction("x")
    client.close()


@pytest.mark.parametrize("url", ["ftp://host", "host:8420", "http://", "http://host:port"])
def test_what_is_no_url_of_a_service_is_told_so(url: str):
    with pytest.raises(ClewError, match="is no URL"):
        Client(url)


def test_a_token_file_of_several_lines_is_refused(tmp_path: Path):
    """A line break in a header would be somebody else's header."""
    file = tmp_path / "token"
    file.write_text("one\ntwo\n")
    with pytest.raises(ClewError, match="more than one line"):
        read_token(file)
