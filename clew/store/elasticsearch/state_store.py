"""
The StateStore over Elasticsearch: one document a key in `<prefix>-state`.

    _id, key   the key; as `key` it can be listed
    value      base64
    expires    Unix nanoseconds, or absent

The version is the document's sequence number and primary term, with which Elasticsearch itself
compares and sets: of two who replace the same version, one is told of a conflict.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from elasticsearch import AsyncElasticsearch

from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.schema.timestamps import SECOND
from clew.store.config import StoreConfig
from clew.store.elasticsearch.connecting import PATIENCE_SECONDS, connect_and_prepare
from clew.store.elasticsearch.failures import asking
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.templates import state_templates
from clew.store.protocols import State

_REQUEST_SECONDS = 30.0
_KEYS = 1_000
_ABSENT, _CONFLICT = 404, 409


class _Found(NamedTuple):
    """What stands under a key, expired or not."""

    state: State
    expires: int | None
    sequence_number: int
    primary_term: int


class ElasticsearchStateStore:
    def __init__(
        self, client: AsyncElasticsearch, indices: Indices, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        """The store owns the client: it closes it."""
        self._client, self._index, self._clock = client, indices.state, clock

    @classmethod
    async def open(
        cls, config: StoreConfig, *, writable: bool, clock: Clock = SYSTEM_CLOCK
    ) -> Self:
        """The store of a configuration. Waits and raises as `connect_and_prepare` says."""
        indices = Indices(config.index_prefix)
        templates = state_templates(indices) if writable else {}
        client = await connect_and_prepare(config, templates, PATIENCE_SECONDS)
        return cls(client, indices, clock)

    async def get(self, key: str) -> State | None:
        found = await self._find(key)
        return found.state if found is not None and self._is_live(found.expires) else None

    async def put_if(
        self, key: str, value: bytes, *, version: str | None, lifetime_seconds: float | None = None
    ) -> State | None:
        found = await self._find(key)
        live = found is not None and self._is_live(found.expires)
        if version != (found.state.version if found is not None and live else None):
            return None
        document: dict[str, Any] = {"key": key, "value": b64encode(value).decode()}
        if lifetime_seconds is not None:
            document["expires"] = self._clock.now() + round(lifetime_seconds * SECOND)
        written = await self._replace(found, key, document)
        return None if written is None else State(value, _version(written))

    async def keys(self, prefix: str) -> list[str]:
        found: list[str] = []
        async with asking(self._client, Deadline.after(_REQUEST_SECONDS)):
            await self._client.indices.refresh(index=self._index, ignore_unavailable=True)
            while page := await self._page_of_keys(prefix, found[-1:] or None):
                found += page
        return found

    async def close(self) -> None:
        await self._client.close()

    async def _find(self, key: str) -> _Found | None:
        async with asking(self._client, Deadline.after(_REQUEST_SECONDS)):
            answer = await self._client.options(ignore_status=_ABSENT).get(
                index=self._index, id=key
            )
        if not answer.body.get("found"):
            return None
        source = answer["_source"]
        state = State(b64decode(source["value"]), _version(answer.body))
        return _Found(state, source.get("expires"), answer["_seq_no"], answer["_primary_term"])

    async def _replace(
        self, found: _Found | None, key: str, document: dict[str, Any]
    ) -> Mapping[str, Any] | None:
        """Write if nothing has changed since `found`; None if something has."""
        unchanged: dict[str, Any] = {"op_type": "create"}
        if found is not None:
            unchanged = {
                "if_seq_no": found.sequence_number,
                "if_primary_term": found.primary_term,
            }
        async with asking(self._client, Deadline.after(_REQUEST_SECONDS)):
            answer = await self._client.options(ignore_status=_CONFLICT).index(
                index=self._index, id=key, document=document, **unchanged
            )
        written: Mapping[str, Any] = answer.body
        return None if answer.meta.status == _CONFLICT else written

    async def _page_of_keys(self, prefix: str, after: list[str] | None) -> list[str]:
        expired = {"range": {"expires": {"lte": self._clock.now()}}}
        wanted = {"filter": [{"prefix": {"key": prefix}}], "must_not": [expired]}
        answer = await self._client.search(
            index=self._index,
            query={"bool": wanted},
            sort=[{"key": {"order": "asc", "unmapped_type": "keyword"}}],
            size=_KEYS,
            search_after=after,
            source=False,
            ignore_unavailable=True,
            allow_partial_search_results=False,
        )
        return [hit["_id"] for hit in answer["hits"]["hits"]]

    def _is_live(self, expires: int | None) -> bool:
        return expires is None or self._clock.now() < expires


def _version(document: Mapping[str, Any]) -> str:
    return f"{document['_seq_no']}-{document['_primary_term']}"
