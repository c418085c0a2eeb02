"""Addresses to listen on and to connect to: what their texts may be, and whether one is free."""

from __future__ import annotations

import errno
import ipaddress
import random
import socket
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from clew.runtime.errors import ClewError

_NOT_GIVEN_OUT = range(20_000, 32_768)
"""Below what Linux, macOS and IANA give to outgoing connections."""
_ATTEMPTS = 50


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """HOST:PORT, or [IPV6]:PORT. Raises ValueError."""
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not _is_port(port) or not host or (":" in host) != bracketed:
        raise ValueError("HOST:PORT was expected, such as 127.0.0.1:8420 or [::1]:8420")
    return Address(host, int(port))


_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Where a server is asked for: the parts of http://HOST:PORT/PATH."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """As it stands in a URL, and in the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_origin(text: str) -> Origin:
    """http://HOST:PORT or https://HOST:PORT, with a path or without. Raises ValueError."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    # A password in it would stand in the log, and who needs one has a token.
    more = parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or more:
        raise ValueError("http://HOST:PORT or https://HOST:PORT was expected")
    path = parts.path.rstrip("/")
    return Origin(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535


def check_free(address: Address, option: str) -> None:
    """Raise ClewError, naming the option to change, where the address can't be listened on."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(tuple(address))
        except (OSError, OverflowError, UnicodeError) as error:  # the last for no host's name
            in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            why = "is in use by another program" if in_use else f"can't be listened on: {error}"
            raise ClewError(f"{address} {why}; choose another address with {option}") from error


def free_port(host: str) -> int:
    """
    A port that nobody listens on at this moment.

    One that the kernel gives to no outgoing connection: it could be taken by the time that somebody
    wants to listen on it. Raises OSError where the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (*random.sample(_NOT_GIVEN_OUT, _ATTEMPTS), 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe, suppress(OSError):
            probe.bind((host, port))
            found: int = probe.getsockname()[1]
            return found
    raise OSError(f"no port is free on {host}")
