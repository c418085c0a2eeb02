"""
Selections of scrapes.

What Elasticsearch can decide by the labels of targets and the names of metrics it decides; it may
send more than is meant, never less. It does not know regular expressions as Prometheus has them:
where a label is asked for by one, the targets are listed first, and chosen here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from elasticsearch import AsyncElasticsearch

from clew.promql.matchers import NAME, Matcher, Operator
from clew.schema.fields import TIMESTAMP
from clew.schema.sample import Labels
from clew.search.nodes import Range
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.scrapes import LABELS, METRICS, PACKED, READ, TARGET
from clew.store.elasticsearch.searching import RawHit, Searcher, hits
from clew.store.elasticsearch.templates import IGNORE_ABOVE
from clew.store.elasticsearch.translation import EVERYTHING, Query, translate
from clew.store.elasticsearch.upkeep import refresh
from clew.store.protocols import Selection
from clew.store.series import LAST_TIME, may_have

_TARGETS = 1_000
"""Targets in one answer, a few hundred bytes each."""

_KEYS = 10_000
"""Targets that one search names; Elasticsearch takes 65,536 terms."""

_PAGE_BYTES = 8 * 1024 * 1024
"""Of packed samples in one answer: a node's scrape has 3 KB in base64, a cluster's some MB."""

_FIRST_HITS, _MOST_HITS, _GROWTH = 50, 2_000, 4
_BY_TIME = {
    TIMESTAMP: {"order": "asc", "numeric_type": "date_nanos", "unmapped_type": "date_nanos"}
}
_REGULAR = (Operator.MATCH, Operator.NOT_MATCH)


class Selector:
    def __init__(self, client: AsyncElasticsearch, indices: Indices) -> None:
        self._client, self._indices = client, indices
        self._searcher = Searcher(client)

    async def targets(self, selection: Selection) -> dict[str, Labels]:
        """Labels of the targets that may have what is asked for, by their keys."""
        return await self._targets(await self._fresh(selection), selection)

    async def scrapes(self, selection: Selection) -> AsyncGenerator[RawHit, None]:
        """Scrapes that may have what is asked for, those of each target in order of time."""
        index, queries = await self._fresh(selection), [_query(selection)]
        if any(each.operator in _REGULAR and each.name != NAME for each in selection.matchers):
            keys = list(await self._targets(index, selection))
            parts = (keys[start : start + _KEYS] for start in range(0, len(keys), _KEYS))
            queries = [_all([*queries, {"terms": {TARGET: part}}]) for part in parts]
        for query in queries:
            pages = self._searcher.scan(
                selection.deadline,
                index,
                _size_after,
                query=query,
                sort=[_BY_TIME],
                source=READ,
                track_total_hits=False,
            )
            async with aclosing(pages):
                async for page in pages:
                    for hit in page:
                        yield hit

    async def _targets(self, index: str, selection: Selection) -> dict[str, Labels]:
        found: dict[str, Labels] = {}
        place, more = None, True
        while more:
            answer = await self._searcher.search(
                selection.deadline,
                index=index,
                query=_query(selection),
                # All scrapes of a target have the same labels: one of each is enough.
                collapse={"field": TARGET},
                sort=[{TARGET: {"order": "asc", "unmapped_type": "keyword"}}],
                search_after=place,
                size=_TARGETS,
                source=[TARGET, LABELS],
                track_total_hits=False,
            )
            page = hits(answer)
            more = len(page) == _TARGETS
            for hit in page:
                target, place = hit["_source"], hit["sort"]
                if may_have(target[LABELS], selection.matchers):
                    found[target[TARGET]] = target[LABELS]
        return found

    async def _fresh(self, selection: Selection) -> str:
        """
        The days of a selection, with all that was acknowledged searchable.

        A refresh costs nothing where nothing has been written since the last one, and each day
        but today's is such a day.
        """
        since, until = _within(selection.since), _within(selection.until)
        index = self._indices.of_scrapes(since, max(since, until))
        await refresh(self._client, index, selection.deadline)
        return index


def _query(selection: Selection) -> Query:
    """What every scrape has that may have what is asked for."""
    conditions = [translate(Range(TIMESTAMP, selection.since, selection.until))]
    if selection.scope.namespaces is not None:
        conditions.append({"terms": {f"{LABELS}.namespace": sorted(selection.scope.namespaces)}})
    return _all([*conditions, *map(_condition, selection.matchers)])


def _condition(matcher: Matcher) -> Query:
    """What the scrapes of a series that matches have in common, as far as the index knows."""
    name, operator, value = matcher
    if operator in _REGULAR or not name or len(value) > IGNORE_ABOVE // 2:
        return EVERYTHING
    if name == NAME:
        # Of itself a target says no name, so that the empty one means every target.
        is_one = operator is Operator.EQUAL and value
        return {"term": {METRICS: value}} if is_one else EVERYTHING
    label = f"{LABELS}.{name}"
    said = {"term": {label: value}}
    if operator is Operator.NOT_EQUAL:
        return {"bool": {"must_not": [said]}}
    # What a target does not say of itself its samples may say.
    unsaid = {"bool": {"must_not": [{"exists": {"field": label}}]}}
    return {"bool": {"should": [said, unsaid], "minimum_should_match": 1}}


def _all(conditions: Iterable[Query]) -> Query:
    return {"bool": {"filter": list(conditions)}}


def _within(time: int) -> int:
    """The time, or the nearest that a store can hold."""
    return min(max(time, 0), LAST_TIME)


def _size_after(page: list[RawHit]) -> int:
    """As many hits as fit into an answer, if they are no larger than those before."""
    if not page:
        return _FIRST_HITS
    largest = max(len(hit["_source"][PACKED]) for hit in page)
    return max(1, min(_PAGE_BYTES // largest, _GROWTH * len(page), _MOST_HITS))
