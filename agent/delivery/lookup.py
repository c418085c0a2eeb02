"""
The addresses of a host name, as the machine's resolver knows them.

In a thread of its own, which nobody waits for in the end. asyncio's way to do this takes a thread
of a pool that is waited for: with a name server that does not answer, an agent that is asked to
stop would then stop half a minute later.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Host name and port -> addresses, at least one. Raises OSError or UnicodeError."""


async def look_up(host: str, port: int) -> list[str]:
    """A `Lookup`. When cancelled, the thread ends by itself, whenever that is."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str] | None, error: Exception | None) -> None:
        if found.done():
            return
        if error is not None:
            found.set_exception(error)
        else:
            found.set_result(addresses or [])

    def ask() -> None:
        addresses, failed = None, None
        try:
            addresses = _ask(host, port)
        except (OSError, UnicodeError) as error:
            failed = error
        with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            loop.call_soon_threadsafe(settle, addresses, failed)

    threading.Thread(target=ask, name="lookup", daemon=True).start()
    return await found


def _ask(host: str, port: int) -> list[str]:
    # AI_ADDRCONFIG: no IPv6 address where the node has none itself.
    flags = socket.AI_ADDRCONFIG | socket.AI_NUMERICSERV
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    # The same address may come once for each protocol.
    return list(dict.fromkeys(str(place[0]) for *_, place in answers))
