"""
The query process: asks the store, answers people and programs, writes nothing; what changes a
store it hands to a collector.

It holds nothing between requests, so any number of it may run and any of it may be killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from clew import __version__
from clew.runtime.addresses import Address
from clew.runtime.backoff import Backoff
from clew.runtime.errors import ClewError, TransientError
from clew.runtime.tasks import Started, nobody_waits, wait
from clew.store.opening import Stores, open_stores
from query import events
from query.access import Access, read_token
from query.alerts import alert_routes
from query.api import api_routes
from query.config import QueryConfig
from query.conformance import conformance_routes
from query.display import STATIC
from query.edge import Edge
from query.failures import add_failures
from query.forwarding import Collector
from query.login import login_routes
from query.nodes import node_routes
from query.pages import page_routes
from query.quarantine import quarantine_routes
from query.quarantine_api import quarantine_api_routes
from query.quarantine_changes import change_routes
from query.questions import Questions
from query.service import service_routes

STOP_SECONDS = 2
"""What requests that still run may take when the process is asked to stop."""


async def run(config: QueryConfig, stop: asyncio.Event, started: Started = nobody_waits) -> int:
    """
    Serve until asked to stop, and a little beyond, for the requests that still run.

    Waits for a store that can't be reached yet. Raises ClewError where it can't be opened at all,
    and where the address is taken.
    """
    stores = await _open(config, stop)
    if stores is None:
        return 0
    try:
        app = build_app(stores, config)
        try:
            await serve(app, config.address, stop, started)
        finally:
            await app.state.questions.close()
    finally:
        await stores.close()
    return 0


async def _open(config: QueryConfig, stop: asyncio.Event) -> Stores | None:
    """The stores, as soon as they answer; None when asked to stop before."""
    backoff = Backoff()
    while not stop.is_set():
        try:
            return await open_stores(config.store, writable=False)
        except TransientError as error:
            events.store_unreachable(str(error))
            await wait(stop, backoff.next(error.retry_after))
    return None


def build_app(stores: Stores, config: QueryConfig) -> FastAPI:
    """The application over its stores. Raises ConfigError where the token file can't be read."""
    access = Access(read_token(config.token_file))
    token = read_token(config.collector_token_file, "collector_token_file")
    collector = Collector(config.collector_url, token or "")
    questions = Questions(stores, config.request_timeout_seconds)
    app = FastAPI(
        title="clew",
        version=__version__,
        summary="Follow one transaction ID through every service and see which step failed.",
        docs_url=None,  # FastAPI's own pages load their scripts from other sites
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.questions = questions
    add_failures(app)
    for router in (
        service_routes(questions, app),
        login_routes(access),
        api_routes(questions),
        alert_routes(questions),
        node_routes(questions),
        conformance_routes(questions),
        quarantine_api_routes(questions, collector, config.request_timeout_seconds),
        change_routes(questions, collector, config.request_timeout_seconds),
        quarantine_routes(questions, collector),
        page_routes(questions),
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_middleware(Edge, access=access)
    return app


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: clew.runtime.tasks has them, and sets `stop`."""
        yield


async def serve(
    app: FastAPI, address: Address, stop: asyncio.Event, started: Started = nobody_waits
) -> None:
    """Serve an application until asked to stop. Raises ClewError where the address is taken."""
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )
    with contextlib.closing(_bind(address)) as listener:
        events.listening(address)
        started()
        async with asyncio.TaskGroup() as group:
            served = group.create_task(server.serve([listener]))
            asked = group.create_task(stop.wait())
            await asyncio.wait((served, asked), return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            asked.cancel()
    events.stopped()


def _bind(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server(tuple(address), family=family)
    except OSError as error:
        raise ClewError(f"can't listen on {address}: {error.strerror or error}") from error
