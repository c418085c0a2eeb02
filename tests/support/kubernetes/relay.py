"""
From a port of this machine's loopback to an address in a room.

It is told to run in the room, with a socket that was opened outside: a socket belongs to the
network in which it was opened, so this one process has a foot in each.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable

_AT_ONCE_BYTES = 64 * 1024


def start_relay(
    command: Callable[..., list[str]], host: str, port: int
) -> tuple[int, subprocess.Popen[bytes]]:
    """The port of loopback that leads there; `command` says how to run something in the room."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        process = subprocess.Popen(
            command(sys.executable, __file__, str(number), host, str(port)), pass_fds=[number]
        )
        return listening.getsockname()[1], process


async def _relay(listening: socket.socket, host: str, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(host, port)
        except OSError:  # nobody listens there, at present
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))

    server = await asyncio.start_server(connected, sock=listening)
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_AT_ONCE_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(_relay(socket.socket(fileno=int(sys.argv[1])), sys.argv[2], int(sys.argv[3])))
