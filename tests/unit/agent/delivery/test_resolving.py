"""Names of collectors, while the name server has its moods."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from agent.delivery.endpoints import Endpoint
from agent.delivery.lookup import look_up
from agent.delivery.resolving import AGAIN_SECONDS, AT_ONCE_SECONDS, Resolving
from clew.runtime.addresses import parse_origin
from tests.support.set_clock import SetClock

COLLECTOR = parse_origin("http://collector:8421")


class NameServer:
    """`addresses` of every name; none: it fails. A name in `silent` gets no answer at all."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.silent: set[str] = set()
        self.asked: list[str] = []

    async def look_up(self, host: str, _: int) -> list[str]:
        self.asked.append(host)
        if host in self.silent:
            await asyncio.Event().wait()
        if not self.addresses:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return list(self.addresses)


class Setting:
    def __init__(self, *urls: str) -> None:
        self.server, self.clock = NameServer("10.0.0.1", "10.0.0.2"), SetClock()
        origins = [parse_origin(url) for url in urls or ["http://collector:8421"]]
        self.resolving = Resolving(origins, self.server.look_up, self.clock)

    def addresses(self) -> list[str]:
        return [endpoint.address for endpoint in self.resolving.endpoints()]

    async def refreshed(self) -> list[str]:
        """The addresses after a refresh, and after what lookups it began."""
        await self.resolving.refresh()
        for _ in range(5):
            await asyncio.sleep(0)
        return self.addresses()


Story = Callable[[Setting], Awaitable[None]]


def tell(story: Story, *urls: str) -> None:
    async def run() -> None:
        setting = Setting(*urls)
        async with asyncio.timeout(20):
            await story(setting)
            await setting.resolving.close()

    asyncio.run(run())


def test_every_address_is_an_endpoint_of_its_own():
    async def story(setting: Setting) -> None:
        await setting.refreshed()
        assert setting.resolving.endpoints() == [
            Endpoint(COLLECTOR, "10.0.0.1"),
            Endpoint(COLLECTOR, "10.0.0.2"),
        ]

    tell(story)


def test_an_address_in_a_url_is_never_looked_up():
    async def story(setting: Setting) -> None:
        assert await setting.refreshed() == ["127.0.0.1", "::1"]
        assert setting.server.asked == []

    tell(story, "http://127.0.0.1:1", "https://[::1]:1")


def test_a_name_is_looked_up_again_after_a_while():
    async def story(setting: Setting) -> None:
        await setting.refreshed()
        setting.server.addresses = ["10.0.0.3", "10.0.0.2"]
        assert await setting.refreshed() == ["10.0.0.1", "10.0.0.2"]
        setting.clock.advance(AGAIN_SECONDS)
        assert await setting.refreshed() == ["10.0.0.2", "10.0.0.3"]

    tell(story)


def test_and_at_once_when_a_collector_does_not_answer_but_not_without_end():
    async def story(setting: Setting) -> None:
        await setting.refreshed()
        setting.clock.advance(AT_ONCE_SECONDS)
        for _ in range(10):
            setting.resolving.hurry(COLLECTOR)
            await setting.refreshed()
        assert len(setting.server.asked) == 2
        setting.resolving.hurry(parse_origin("http://another:8421"))
        setting.clock.advance(AT_ONCE_SECONDS)
        await setting.refreshed()
        assert len(setting.server.asked) == 3

    tell(story)


def test_a_lookup_that_fails_or_finds_nothing_changes_nothing():
    async def story(setting: Setting) -> None:
        before = await setting.refreshed()
        setting.server.addresses = []
        setting.clock.advance(AGAIN_SECONDS)
        assert await setting.refreshed() == before
        assert len(setting.server.asked) == 2
        assert "collector can't be looked up: " in setting.resolving.problem
        setting.server.addresses = ["10.0.0.9"]
        setting.clock.advance(AGAIN_SECONDS)
        assert await setting.refreshed() == ["10.0.0.9"]

    tell(story)


def test_nobody_waits_for_a_name_server_who_has_addresses():
    """And a lookup that hangs is not begun again beside itself."""

    async def story(setting: Setting) -> None:
        before = await setting.refreshed()
        setting.server.silent = {"collector"}
        setting.clock.advance(AGAIN_SECONDS)
        for _ in range(3):
            assert await setting.refreshed() == before
        assert len(setting.server.asked) == 2

    tell(story)


def test_a_name_that_hangs_holds_up_no_other():
    async def story(setting: Setting) -> None:
        setting.server.silent = {"slow"}
        assert await setting.refreshed() == ["10.0.0.1", "10.0.0.2"]

    tell(story, "http://slow:8421", "http://collector:8421")


def test_the_first_lookup_is_waited_for():
    async def story(setting: Setting) -> None:
        await setting.resolving.refresh()
        assert setting.addresses() == ["10.0.0.1", "10.0.0.2"]

    tell(story)


def test_a_name_that_is_none_is_told():
    async def story(setting: Setting) -> None:
        setting.server.addresses = []
        assert await setting.refreshed() == []
        assert "Temporary failure" in setting.resolving.problem

    tell(story)


def test_the_machines_own_resolver_finds_its_own_name():
    assert "127.0.0.1" in asyncio.run(look_up("localhost", 80))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".b", "a..b"])
def test_what_is_no_name_is_an_error_and_no_more(host: str):
    with pytest.raises((OSError, UnicodeError)):
        asyncio.run(look_up(host, 80))
