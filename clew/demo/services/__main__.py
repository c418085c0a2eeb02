"""
Run one service as a process.

The shop hands over a socket that listens already, so that nobody can call too early: a request
waits in its backlog until the service is there, and is refused from the moment the process is dead.
Standard output has the log, one canonical line a record.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from importlib import import_module
from pathlib import Path

import aiohttp
from aiohttp import web

import clew_logging
from clew.demo.registry import SERVICES
from clew.demo.service import Service, build_application
from clew.runtime import tasks

# A slow stock needs this long to finish what its caller gave up on.
_FINISH_SECONDS = 1.0


def main() -> int:
    parser = argparse.ArgumentParser(description="One service of the demo shop.")
    parser.add_argument("name", choices=SERVICES)
    parser.add_argument("--socket", type=int, required=True, help="descriptor that listens")
    parser.add_argument("--state", type=Path, required=True, help="the shop's own folder")
    parser.add_argument("--seed", required=True)
    options = parser.parse_args()
    clew_logging.configure(service=options.name)
    listener = socket.socket(fileno=options.socket)

    async def serving(stop: asyncio.Event) -> int:
        # A connection a call: a dead service refuses, rather than leave an old connection broken.
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            service = Service(options.name, options.state, options.seed, session)
            await serve(service, listener, stop)
        return 0

    return tasks.run(serving)


async def serve(service: Service, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer until asked to stop; then finish what has begun."""
    routes = import_module(f"clew.demo.services.{service.name}").routes
    runner = web.AppRunner(
        build_application(service, routes(service)),
        access_log=None,
        shutdown_timeout=_FINISH_SECONDS,
    )
    await runner.setup()
    await web.SockSite(runner, listener).start()
    service.log.info("%s is open on port %d", service.name, listener.getsockname()[1])
    await stop.wait()
    service.log.info("%s closes", service.name)
    await runner.cleanup()
    # aiohttp forgets a request whose client has gone; it is being served all the same.
    await tasks.wait(service.idle, _FINISH_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
