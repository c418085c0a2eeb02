"""
`POST /v1/batches`: lines into the store. `GET /v1/store`: which store they go to, and which
versions of wire and schema are read here.
"""

from __future__ import annotations

from aiohttp import web

from clew.runtime.admin import Health
from clew.schema.policy.policy import BUILT_IN, Policy
from clew.schema.record import SCHEMA_VERSIONS
from clew.store.protocols import LogStore
from clew.wire.batch import WIRE_VERSIONS, Answer, Batch, decode_batch, encode_answer
from collector.indexing.writing import write
from collector.intake.door import LONGEST_DEADLINE_SECONDS, Admission, Door

STORE_BAD_SECONDS = LONGEST_DEADLINE_SECONDS + 10.0
"""How long a store counts as not taking documents. Whoever goes on sending hears it anew within the
longest deadline; where nobody does, the next batch has to be let in to find out."""


class Intake:
    """Takes batches for one store; every part is answered with how far it is acknowledged."""

    def __init__(
        self,
        store: LogStore,
        identity: str,
        admission: Admission,
        health: Health,
        policy: Policy = BUILT_IN,
    ) -> None:
        self._store, self._identity, self._policy = store, identity, policy
        self._admission, self._health = admission, health
        self._door = Door("batch", admission)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/batches", self._post)
        app.router.add_get("/v1/store", self._get_store)

    async def _get_store(self, request: web.Request) -> web.Response:
        if not self._door.allows(request):
            return self._door.refuse_stranger(request)
        read = {"wire": _ends(WIRE_VERSIONS), "schema": _ends(SCHEMA_VERSIONS)}
        return web.json_response({"store": self._identity, **read})

    async def _post(self, request: web.Request) -> web.Response:
        return await self._door.take(request, decode_batch, self._write)

    async def _write(self, batch: Batch, began: float) -> bytes:
        deadline = self._admission.deadline(batch, began)
        clock = self._admission.clock
        answer = await write(batch, self._store, deadline, clock, self._policy)
        self._judge_store(answer)
        answer.store = self._identity
        return encode_answer(answer)

    def _judge_store(self, answer: Answer) -> None:
        """A collector whose store takes no documents is not ready for batches."""
        held = next((part.error for part in answer.parts if part.error), "")
        if held:
            self._health.bad("store", held, STORE_BAD_SECONDS)
        elif any(part.indexed + part.quarantined > part.existing for part in answer.parts):
            self._health.good("store")


def _ends(versions: range) -> list[int]:
    """The first and the last."""
    return [versions.start, versions.stop - 1]
