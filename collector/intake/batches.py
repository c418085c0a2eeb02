"""`POST /v1/batches`: lines into the store. `GET /v1/store`: which store they go to."""

from __future__ import annotations

from aiohttp import web

from clew.runtime.clock import Deadline
from clew.store.protocols import LogStore
from clew.wire.batch import Batch, decode_batch, encode_answer
from collector.indexing.writing import write
from collector.intake.door import Admission, Door


class Intake:
    """Takes batches for one store; every part is answered with how far it is acknowledged."""

    def __init__(self, store: LogStore, identity: str, admission: Admission) -> None:
        self._store, self._identity, self._clock = store, identity, admission.clock
        self._door = Door("batch", admission)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/batches", self._post)
        app.router.add_get("/v1/store", self._get_store)

    def allows(self, request: web.Request) -> bool:
        """Whether a request shows the token, where there is one."""
        return self._door.allows(request)

    async def _get_store(self, request: web.Request) -> web.Response:
        if not self._door.allows(request):
            return self._door.refuse_stranger(request)
        return web.json_response({"store": self._identity})

    async def _post(self, request: web.Request) -> web.Response:
        return await self._door.take(request, decode_batch, self._write)

    async def _write(self, batch: Batch, deadline: Deadline) -> bytes:
        answer = await write(batch, self._store, deadline, self._clock)
        answer.store = self._identity
        return encode_answer(answer)
