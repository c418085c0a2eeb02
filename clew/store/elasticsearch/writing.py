"""
Bulks to Elasticsearch: every document gets a verdict of its own, and none is sent in vain.

    201 created    409 exists    429, 5xx held    4xx refused, if it is the document's own fault;
                                                  held otherwise, with the reason

A bulk that the server can't take as a whole (413, or 400) is halved until what is at fault stands
alone. What is not known to be stored at the deadline is held; to send it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from clew.runtime.clock import Deadline
from clew.runtime.errors import DeliveryError, TransientError
from clew.schema.document import Collection, Document
from clew.store.elasticsearch import bulk
from clew.store.elasticsearch.failures import asking, describe, failure
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.unfit import set_aside
from clew.store.protocols import Outcome, Result

_PATIENCE = 0.8
"""The part of the time left that the server may wait for a shard: its verdict must reach us."""

_OTHER = {Collection.LOGS: Collection.QUARANTINE, Collection.QUARANTINE: Collection.LOGS}
_TWINS = 5_000
"""IDs that are asked for in one go: about half a megabyte."""

_OK, _BAD_REQUEST, _ABSENT, _TOO_LARGE = 200, 400, 404, 413
_ANY_FAILURE = tuple(range(400, 600))


class Writer:
    def __init__(self, client: AsyncElasticsearch, indices: Indices) -> None:
        self._client, self._indices = client, indices

    async def write(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        """See `LogStore.write`."""
        results = await self._create(documents, deadline)
        unfit = [
            position
            for position, result in enumerate(results)
            if result.outcome is Outcome.REFUSED
            and documents[position].collection is Collection.QUARANTINE
        ]
        for position in unfit:
            fitting = set_aside(documents[position])
            if fitting is not None:
                [results[position]] = await self._create([fitting], deadline)
        return results

    async def delete(self, places: Iterable[tuple[str, str]], deadline: Deadline) -> None:
        """Delete by (index, ID). Raises TransientError if any of them may still be there."""
        for operations in bulk.cut([bulk.deletion(index, id_) for index, id_ in places]):
            status, answer = await self._send(operations, deadline)
            if status >= _BAD_REQUEST:
                raise TransientError(failure(status, answer))
            for item in answer["items"]:
                if item["delete"]["status"] not in {_OK, _ABSENT}:
                    raise TransientError(describe(item["delete"].get("error", {})))

    async def _create(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        """Create those whose ID is not in the other collection already."""
        try:
            twins = await self._in_other_collection(documents, deadline)
        except (DeliveryError, TimeoutError) as error:
            return [Result(Outcome.HELD, str(error))] * len(documents)
        operations = [
            bulk.creation(self._indices.of(document.collection, document.time), document)
            for document in documents
            if document.id not in twins
        ]
        created: list[Result] = []
        for part in bulk.cut(operations):
            created += await self._judge(part, deadline)
        results = iter(created)
        return [
            Result(Outcome.EXISTS) if document.id in twins else next(results)
            for document in documents
        ]

    async def _in_other_collection(
        self, documents: Sequence[Document], deadline: Deadline
    ) -> set[str]:
        """
        The IDs that were quarantined, of those to be indexed, and the other way round.

        Elasticsearch keeps IDs apart by index only. `_mget` looks into the transaction log, so what
        was acknowledged is found before it can be searched.
        """
        found: set[str] = set()
        for start in range(0, len(documents), _TWINS):
            places = [
                {
                    "_index": self._indices.of(_OTHER[document.collection], document.time),
                    "_id": document.id,
                }
                for document in documents[start : start + _TWINS]
            ]
            async with asking(self._client, deadline):
                answer = await self._client.mget(
                    docs=places, source=False, filter_path="docs._id,docs.found"
                )
            found |= {doc["_id"] for doc in answer.body.get("docs", ()) if doc.get("found")}
        return found

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
