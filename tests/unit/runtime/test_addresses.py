from __future__ import annotations

import socket

import pytest

from clew.runtime.addresses import (
    Address,
    Origin,
    check_free,
    free_port,
    parse_address,
    parse_origin,
)
from clew.runtime.errors import ClewError

ADDRESSES = {
    "127.0.0.1:8420": Address("127.0.0.1", 8420),
    "localhost:0": Address("localhost", 0),
    "logs.example.org:65535": Address("logs.example.org", 65535),
    "[::1]:8420": Address("::1", 8420),
    "[::]:80": Address("::", 80),
    "[fe80::1%eth0]:80": Address("fe80::1%eth0", 80),
}


@pytest.mark.parametrize(("text", "address"), ADDRESSES.items())
def test_address(text: str, address: Address):
    """An address reads as it is written, in an URL too."""
    assert parse_address(text) == address
    assert str(address) == text
    assert address.url == f"http://{text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8420",
        ":8420",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:٨",
        "127.0.0.1:" + "1" * 5000,
        "::1:8420",
        "[::1]",
        "[::1:8420",
        "[]:8420",
        "[127.0.0.1]:8420",
    ],
)
def test_no_address(text: str):
    with pytest.raises(ValueError, match=r"HOST:PORT was expected, such as 127\.0\.0\.1:8420"):
        parse_address(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback(host: str):
    assert Address(host, 1).loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "192.168.1.1", "logs.example.org"])
def test_not_loopback(host: str):
    """A name is not looked up: what it stands for may change."""
    assert not Address(host, 1).loopback


def test_an_address_in_use_is_told_with_the_option_to_change():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address("127.0.0.1", server.getsockname()[1])
        with pytest.raises(ClewError) as caught:
            check_free(address, "--listen")
    assert str(caught.value) == (
        f"{address} is in use by another program; choose another address with --listen"
    )
    check_free(address, "--listen")


@pytest.mark.parametrize("host", ["192.0.2.1", "a" * 64, "a..b"])
def test_an_address_that_is_not_this_machines_is_told(host: str):
    with pytest.raises(ClewError, match=r"can't be listened on: .*another address with --listen"):
        check_free(Address(host, 8420), "--listen")


def test_a_free_port_is_given_to_no_outgoing_connection():
    """Else somebody could have it by the time that it is listened on."""
    assert all(free_port("127.0.0.1") < 32_768 for _ in range(20))


def test_no_port_is_free_on_another_machine():
    with pytest.raises(OSError, match="no port is free on 192"):
        free_port("192.0.2.1")


def test_a_free_port_can_be_listened_on():
    check_free(Address("127.0.0.1", free_port("127.0.0.1")), "--listen")


ORIGINS = {
    "http://collector:8421": Origin("http", "collector", 8421, ""),
    "http://Collector/": Origin("http", "collector", 80, ""),
    "https://[fd00::1]:443/clew/": Origin("https", "fd00::1", 443, "/clew"),
}


@pytest.mark.parametrize(("text", "origin"), ORIGINS.items())
def test_origin(text: str, origin: Origin):
    """Read again, its text is the same origin."""
    assert parse_origin(text) == origin
    assert parse_origin(str(origin)) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "collector:8421",
        "ftp://collector",
        "http://",
        "http://:8421",
        "http://collector:0",
        "http://collector:65536",
        "http://collector:http",
        "http://[::1",
        "http://user:secret@collector",
        "http://collector/?tenant=a",
        "http://collector/#a",
    ],
)
def test_no_origin(text: str):
    with pytest.raises(ValueError, match="http://HOST:PORT or https://HOST:PORT was expected"):
        parse_origin(text)
