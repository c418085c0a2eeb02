"""What every service of the shop is made of: a span a request, calls to others, and faults."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import aiohttp
from aiohttp import web

from clew.demo.calls import Caller, StepFailedError
from clew.demo.registry import REGISTRY_FILE, read_registry
from clew.demo.tracing import carried_fault
from clew_logging import request as serving


class Trouble(Enum):
    """Why a service fails now."""

    TIMETABLE = "it is in trouble for a while"
    FORCED = "this request asked for it"


class Service:
    """What the handlers of one service have at hand."""

    def __init__(self, name: str, state: Path, seed: str, session: aiohttp.ClientSession) -> None:
        self.name, self.state = name, state
        self.log = logging.getLogger(f"shop.{name}")
        self.random = random.Random(f"{name} {seed}")  # noqa: S311 - to be repeatable, not secret
        self._registry = state / REGISTRY_FILE
        self.call = Caller(self._registry, session, self.log).call
        self.idle = asyncio.Event()
        self.idle.set()
        self._visits = 0

    def trouble(self) -> Trouble | None:
        """The fault that the request being served has to meet here."""
        if carried_fault() == self.name:
            return Trouble.FORCED
        return Trouble.TIMETABLE if self.name in read_registry(self._registry).faults else None

    @contextmanager
    def visited(self) -> Iterator[None]:
        """A request is being served; `idle` is set when none is."""
        self._visits += 1
        self.idle.clear()
        try:
            yield
        finally:
            self._visits -= 1
            if self._visits == 0:
                self.idle.set()

    async def work(self, least_seconds: float, most_seconds: float) -> None:
        """Take as long as such work takes."""
        await asyncio.sleep(self.random.uniform(least_seconds, most_seconds))


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_application(service: Service, routes: list[web.RouteDef]) -> web.Application:
    """Every request in a span of its own; a failed step becomes the answer that tells of it."""

    @web.middleware
    async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
        with service.visited(), serving(request.headers.items(), request.method):
            try:
                return await handler(request)
            except StepFailedError as failure:
                answer = {"error": failure.reason, "failed_service": failure.service}
                return web.json_response(answer, status=failure.status)
            except web.HTTPException as error:
                answer = {"error": error.text or error.reason, "failed_service": service.name}
                return web.json_response(answer, status=error.status)
            except Exception as error:
                service.log.exception("request failed")
                answer = {"error": type(error).__name__, "failed_service": service.name}
                return web.json_response(answer, status=500)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"service": service.name})

    application = web.Application(middlewares=[traced])
    application.add_routes([web.get("/healthz", health), *routes])
    return application
