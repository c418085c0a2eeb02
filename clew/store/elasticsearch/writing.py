"""
Documents into Elasticsearch: each into the collection and the day it belongs to.

An ID that is in the other collection already is not created again, unless it is released from
there: then its quarantined form is deleted when the new one is on the server's disk. A crash
between the two leaves both. What even the quarantine's mapping refuses is put into a form that
fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from elasticsearch import AsyncElasticsearch

from clew.runtime.clock import Deadline
from clew.runtime.errors import DeliveryError
from clew.schema.document import Collection, Document
from clew.store.elasticsearch import bulk
from clew.store.elasticsearch.failures import asking
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.sending import Sender
from clew.store.elasticsearch.unfit import set_aside
from clew.store.protocols import Outcome, Result

_OTHER = {Collection.LOGS: Collection.QUARANTINE, Collection.QUARANTINE: Collection.LOGS}
_TWINS = 5_000
"""IDs that are asked for in one go: about half a megabyte."""


class Writer:
    def __init__(self, client: AsyncElasticsearch, indices: Indices) -> None:
        self._client, self._indices = client, indices
        self._sender = Sender(client)

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

    async def release(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        """See `LogStore.release`."""
        operations = [self._creation(document) for document in documents]
        results = await self._sender.create(operations, deadline)
        stored = [
            position
            for position, result in enumerate(results)
            if result.outcome in {Outcome.CREATED, Outcome.EXISTS}
        ]
        left = [documents[position] for position in stored]
        places = [(self._indices.of(Collection.QUARANTINE, each.time), each.id) for each in left]
        try:
            await self.delete(places, deadline)
        except (DeliveryError, TimeoutError) as error:
            for position in stored:
                results[position] = Result(Outcome.HELD, f"still in quarantine, too: {error}")
        return results

    async def delete(self, places: Iterable[tuple[str, str]], deadline: Deadline) -> None:
        """Delete by (index, ID). Raises TransientError if any of them may still be there."""
        operations = [bulk.deletion(index, id_) for index, id_ in places]
        await self._sender.delete(operations, deadline)

    async def _create(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        """Create those whose ID is not in the other collection already."""
        try:
            twins = await self._in_other_collection(documents, deadline)
        except (DeliveryError, TimeoutError) as error:
            return [Result(Outcome.HELD, str(error))] * len(documents)
        operations = [
            self._creation(document) for document in documents if document.id not in twins
        ]
        results = iter(await self._sender.create(operations, deadline))
        return [
            Result(Outcome.EXISTS) if document.id in twins else next(results)
            for document in documents
        ]

    def _creation(self, document: Document) -> bytes:
        index = self._indices.of(document.collection, document.time)
        return bulk.creation(index, document.id, document.source)

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
