"""
Bulks to Elasticsearch: every document gets a verdict of its own, and none is sent in vain.

    201 created    409 exists    429, 5xx held    4xx refused, if it is the document's own fault;
                                                  held otherwise, with the reason

A bulk that the server can't take as a whole (413, or 400) is halved until what is at fault stands
alone. What is not known to be stored at the deadline is held; to send it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from clew.runtime.clock import Deadline
from clew.runtime.errors import DeliveryError, TransientError
from clew.store.elasticsearch import bulk
from clew.store.elasticsearch.failures import asking, describe, failure
from clew.store.protocols import Outcome, Result

_PATIENCE = 0.8
"""The part of the time left that the server may wait for a shard: its verdict must reach us."""

_OK, _BAD_REQUEST, _ABSENT, _TOO_LARGE = 200, 400, 404, 413
_ANY_FAILURE = tuple(range(400, 600))


class Sender:
    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client

    async def create(self, operations: Sequence[bytes], deadline: Deadline) -> list[Result]:
        """A result for each of these `bulk.creation`s. Never raises for what a server says."""
        results: list[Result] = []
        for part in bulk.cut(operations):
            results += await self._judge(part, deadline)
        return results

    async def delete(self, operations: Sequence[bytes], deadline: Deadline) -> None:
        """Send `bulk.deletion`s. Raises TransientError if any document may still be there."""
        for part in bulk.cut(operations):
            status, answer = await self._send(part, deadline)
            if status >= _BAD_REQUEST:
                raise TransientError(failure(status, answer))
            for item in answer["items"]:
                if item["delete"]["status"] not in {_OK, _ABSENT}:
                    raise TransientError(describe(item["delete"].get("error", {})))

    async def _judge(self, operations: Sequence[bytes], deadline: Deadline) -> list[Result]:
        try:
            status, answer = await self._send(operations, deadline)
        except (DeliveryError, TimeoutError) as error:
            return [Result(Outcome.HELD, str(error))] * len(operations)
        if status == _OK:
            return bulk.results(answer["items"])
        # One document may be what makes all of it too large or malformed.
        if status in {_TOO_LARGE, _BAD_REQUEST} and len(operations) > 1:
            half = len(operations) // 2
            return [
                *await self._judge(operations[:half], deadline),
                *await self._judge(operations[half:], deadline),
            ]
        outcome = Outcome.REFUSED if status == _TOO_LARGE else Outcome.HELD
        return [Result(outcome, failure(status, answer))] * len(operations)

    async def _send(
        self, operations: Sequence[bytes], deadline: Deadline
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and body of the answer, whatever it says."""
        client = self._client.options(ignore_status=_ANY_FAILURE)
        body: Any = [b"".join(operations)]  # one piece, which the client passes on as it is
        async with asking(self._client, deadline):
            milliseconds = max(1, int(deadline.remaining() * 1000 * _PATIENCE))
            answer = await client.bulk(
                operations=body, filter_path=bulk.FILTER_PATH, timeout=f"{milliseconds}ms"
            )
        return answer.meta.status, answer.body
