"""How many lines match, for each combination of the values of some fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from clew.rules.model import MOST_VALUES
from clew.search.evaluation import values
from clew.search.nodes import And, Term
from clew.store.protocols import LogStore, Question, Source

FEW_LINES = 5_000
"""So many lines are read and counted here: one question, whatever they are grouped by."""

MOST_QUESTIONS = 200
"""What a store is asked for one grouping: beyond that a rule asks for too much."""


class Count(NamedTuple):
    """`values` has one for each field that was grouped by, in their order."""

    values: tuple[str, ...]
    number: int


async def count_by(
    store: LogStore, question: Question, by: Sequence[str], distinct: str | None = None
) -> list[Count]:
    """
    Counts of matches, the greatest first; without `by` one count, also of nothing.

    Lines without a value in one of the fields belong to no combination. With `distinct` the
    different values of that field are counted, up to MOST_VALUES, and not the lines. Raises what
    reads of a store raise, and ValueError where it takes more than MOST_QUESTIONS of them.
    """
    total = await store.count(question)
    if total <= FEW_LINES and (by or distinct):
        sources = [hit.source async for hit in store.scan(question)]
        counts = _counted(sources, by, distinct)
    else:
        counts = [count async for count in _asked(store, question, by, distinct, total)]
    if not by and not counts:
        counts = [Count((), 0)]
    return sorted(counts, key=lambda each: (-each.number, each.values))


def _counted(sources: Sequence[Source], by: Sequence[str], distinct: str | None) -> list[Count]:
    lines: dict[tuple[str, ...], int] = defaultdict(int)
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for source in sources:
        for combination in _combinations(source, by):
            lines[combination] += 1
            if distinct is not None:
                found[combination].update(map(str, values(distinct, source)))
    if distinct is None:
        return [Count(*each) for each in lines.items()]
    return [Count(combination, len(each)) for combination, each in found.items() if each]


def _combinations(source: Source, by: Sequence[str]) -> list[tuple[str, ...]]:
    """More than one where a field has a list of values; none where it has no value."""
    combinations: list[tuple[str, ...]] = [()]
    for field in by:
        own = dict.fromkeys(map(str, values(field, source)))
        combinations = [(*before, value) for before in combinations for value in own]
    return combinations


async def _asked(
    store: LogStore, question: Question, by: Sequence[str], distinct: str | None, total: int
) -> AsyncIterator[Count]:
    """Too many lines to read: the store counts, field by field."""
    if not by:
        if distinct is None:
            yield Count((), total)
        else:
            yield Count((), len(await store.facets(question, distinct, MOST_VALUES)))
        return
    field, *others = by
    facets = await store.facets(question, field, MOST_VALUES)
    if (others or distinct) and len(facets) > MOST_QUESTIONS:
        raise ValueError(
            f"{total:,} lines of {len(facets):,} values of {field} are too many to group further: "
            "ask for fewer, or put the field with the fewest values first"
        )
    for facet in facets:
        narrower = replace(question, query=And((question.query, Term(field, (facet.value,)))))
        async for count in _asked(store, narrower, others, distinct, facet.count):
            yield Count((facet.value, *count.values), count.number)
