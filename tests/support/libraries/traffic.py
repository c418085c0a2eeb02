"""
What goes through a gateway: a few requests, and the service behind it that answers them.

Configurations say 8080 where the gateway listens, 9001 where the service does, and 9002 where
nobody does. Free ports take their places while a gateway runs; what it printed has these numbers
again.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from clew.runtime.addresses import free_port

HOST = "127.0.0.1"
LISTEN, SERVICE, NOBODY = 8080, 9001, 9002
ANSWER_SECONDS = 10.0

TRACEPARENT = b"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
REQUEST_ID = b"x-request-id: 4b3f5a52-2c1e-4d6f-9b52-6f1f0a7c0d11"
TRANSACTION = b"x-transaction-id: A-17"
AGENT = b"user-agent: shop/1.2"
ODD_AGENT = 'user-agent: odd "quotes" \\ back \tტ 🧶'.encode()

REQUESTS = (
    (
        b"GET /orders/A-17?full=1&who=%D0%B0 HTTP/1.1",
        *(AGENT, TRACEPARENT, REQUEST_ID, TRANSACTION),
    ),
    (b"POST /orders HTTP/1.1", AGENT, b"content-length: 0", b"referer: http://shop/cart"),
    (b"GET /gone HTTP/1.1", AGENT, TRACEPARENT),
    (b"GET /payments HTTP/1.1", AGENT, TRACEPARENT, REQUEST_ID),
    (b"GET /nobody HTTP/1.1", AGENT, TRACEPARENT, REQUEST_ID),
    (b"GET /odd HTTP/1.1", ODD_AGENT, b"traceparent: 00-0-0-00"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",),  # TLS, where none is spoken
)
"""One a line of an access log: its request line and its headers."""


class _Orders(BaseHTTPRequestHandler):
    """A service that takes orders, and whose payments fail."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        known = {"/orders/A-17": 200, "/odd": 200, "/payments": 500}
        self._answer(known.get(path, 404))

    def do_POST(self) -> None:
        self._answer(201)

    def _answer(self, status: int) -> None:
        body = b"done\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The gateway's lines are what is looked at."""


class Ports(NamedTuple):
    """What stands for the three ports of a configuration."""

    listen: int
    service: int
    nobody: int

    def put_into(self, text: str) -> str:
        """A configuration with these ports."""
        numbers = dict(zip((LISTEN, SERVICE, NOBODY), self, strict=True))
        pattern = rf"(?<=[: ])({'|'.join(map(str, numbers))})\b"
        return re.sub(pattern, lambda match: str(numbers[int(match[1])]), text)

    def take_out_of(self, printed: bytes) -> bytes:
        """What was printed, with the ports that the configuration says."""
        for number, port in zip((LISTEN, SERVICE, NOBODY), self, strict=True):
            printed = printed.replace(f":{port}".encode(), f":{number}".encode())
        return printed


@contextmanager
def served() -> Iterator[Ports]:
    """The ports of a gateway, while the service behind it answers."""
    with socket.socket() as nobody, ThreadingHTTPServer((HOST, 0), _Orders) as server:
        nobody.bind((HOST, 0))  # taken, and refused to everybody
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield Ports(free_port(HOST), server.server_port, nobody.getsockname()[1])
        finally:
            server.shutdown()
            serving.join()


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as connection:
        return connection.connect_ex((HOST, port)) == 0


def send_requests(port: int) -> None:
    """Each request on a connection of its own, one after the other."""
    for line, *headers in REQUESTS:
        closing = [b"host: shop", b"connection: close"] if headers else []
        with socket.create_connection((HOST, port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(b"\r\n".join([line, *closing, *headers, b"", b""]))
            while connection.recv(65536):
                pass
