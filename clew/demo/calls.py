"""
One service calls another, and says so when it gets no good answer.

A failure travels back as `StepFailedError`, which names the service at fault; every caller on its
way reports it in an ERROR line of its own, as real services do.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import aiohttp

from clew.demo.registry import read_registry
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import SECOND
from clew_logging import outgoing_headers


class StepFailedError(Exception):
    """A request can't be answered well: with which status, through whose fault, why."""

    def __init__(self, status: int, service: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.service, self.reason = status, service, reason


class Caller:
    """Calls on behalf of one service, inside the request that it serves."""

    def __init__(self, registry: Path, session: aiohttp.ClientSession, log: logging.Logger) -> None:
        self._registry, self._session, self._log = registry, session, log

    async def call(
        self, service: str, method: str, path: str, body: object, timeout_seconds: float = 10.0
    ) -> dict[str, Any]:
        """The answer's JSON object. Raises StepFailedError for everything but a good answer."""
        call = _Call(service, method, path)
        try:
            async with self._session.request(
                method,
                read_registry(self._registry).addresses[service] + path,
                json=body,
                headers=outgoing_headers(),
                timeout=aiohttp.ClientTimeout(total=timeout_seconds),
            ) as response:
                status, answer = response.status, await response.json()
        except TimeoutError as error:
            self._log.exception(
                "%s did not answer within %g s", service, timeout_seconds, extra=call.fields()
            )
            raise StepFailedError(504, service, f"{service} did not answer in time") from error
        except aiohttp.ClientError as error:
            self._log.exception("%s can't be reached: %s", service, error, extra=call.fields())
            raise StepFailedError(502, service, f"{service} can't be reached") from error
        if status < 400:
            good: dict[str, Any] = answer
            return good
        self._log.error(
            "%s answered %d: %s", service, status, answer["error"], extra=call.fields(status)
        )
        raise StepFailedError(status, answer["failed_service"], answer["error"])


class _Call:
    """What the log lines about one call have in common."""

    def __init__(
        self,
        service: str,
        method: str,
        path: str,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._service, self._method, self._path = service, method, path
        self._clock, self._started = clock, clock.monotonic()

    def fields(self, status: int | None = None) -> dict[str, object]:
        named: dict[str, object] = {
            "destination.service": self._service,
            "http.request.method": self._method,
            "url.path": self._path,
            "event.duration": int((self._clock.monotonic() - self._started) * SECOND),
        }
        if status is not None:
            named["http.response.status_code"] = status
        return named
