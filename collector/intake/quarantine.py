"""
`POST /v1/quarantine/replay` and `POST /v1/quarantine/purge`: lines leave the quarantine.

They come in by the door that batches come in by, with the same token; asked by the query service,
on behalf of a person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from clew.answers.searching import decode_cursor
from clew.runtime.clock import Deadline
from clew.store.protocols import LogStore
from clew.wire.envelope import WireError
from clew.wire.quarantine import CHANGE_BYTES, Change, Changed, decode_change, encode_changed
from collector.intake.door import Admission, Door
from collector.quarantine.replaying import BUILT_IN_RULES, Rules
from collector.quarantine.steps import Steps

AT_ONCE = 2
"""A person and an impatient one; more would only take the store's time from the agents."""


class QuarantineIntake:
    """Takes changes of one store's quarantine."""

    def __init__(
        self, store: LogStore, admission: Admission, rules: Rules = BUILT_IN_RULES
    ) -> None:
        self._steps = Steps(store, admission.clock, rules)
        self._admission = admission
        self._door = Door("quarantine", admission.of(CHANGE_BYTES, AT_ONCE))

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/quarantine/replay", self._replay)
        app.router.add_post("/v1/quarantine/purge", self._purge)

    async def _replay(self, request: web.Request) -> web.Response:
        return await self._door.take(request, _decode, self._doing(self._steps.replay))

    async def _purge(self, request: web.Request) -> web.Response:
        return await self._door.take(request, _decode, self._doing(self._steps.purge))

    def _doing(
        self, step: Callable[[Change, Deadline], Awaitable[Changed]]
    ) -> Callable[[Change, float], Awaitable[bytes]]:
        async def do(change: Change, began: float) -> bytes:
            """Raises TransientError."""
            return encode_changed(await step(change, self._admission.deadline(change, began)))

        return do


def _decode(body: bytes, limit_bytes: int) -> Change:
    """A change whose place to go on is one. Raises WireError."""
    change = decode_change(body, limit_bytes)
    try:
        if change.after:
            decode_cursor(change.after)
    except ValueError as error:
        raise WireError(str(error)) from error
    return change
