"""
`POST /v1/samples`: scrapes into the series store.

The answer acknowledges scrapes from the first on, up to the first that is held. What is stored
behind that one is sent again, and found to exist: the first write of a target and time wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from aiohttp import web

from clew.store.protocols import Outcome, Result, SeriesStore
from clew.wire.samples import SampleAnswer, SampleBatch, decode_samples, encode_sample_answer
from collector import events
from collector.intake.door import Admission, Door


class SampleIntake:
    """Takes scrapes for one store."""

    def __init__(self, store: SeriesStore, admission: Admission) -> None:
        self._store, self._admission = store, admission
        self._door = Door("samples", admission)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/samples", self._post)

    async def _post(self, request: web.Request) -> web.Response:
        return await self._door.take(request, decode_samples, self._write)

    async def _write(self, batch: SampleBatch, began: float) -> bytes:
        clock = self._admission.clock
        asked = clock.monotonic()
        results = await self._store.write(batch.scrapes, self._admission.deadline(batch, began))
        events.series_store_answered(clock.monotonic() - asked)
        for result in results:
            events.scrape_settled(result)
        return encode_sample_answer(answer_to(results))


def answer_to(results: Sequence[Result]) -> SampleAnswer:
    """What the agent has to know of the store's results, which are in the order of its scrapes."""
    done = list(takewhile(lambda result: result.outcome is not Outcome.HELD, results))
    counts = Counter(result.outcome for result in done)
    error = results[len(done)].reason or "held" if len(done) < len(results) else ""
    return SampleAnswer(len(done), counts[Outcome.EXISTS], counts[Outcome.REFUSED], error)
