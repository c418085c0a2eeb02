"""
Replay and purge, a bounded step at a time.

Keeps true: a line leaves the quarantine only when it is in the logs for good, or when somebody
asked to be rid of it. A crash in between leaves it in both collections, and another replay ends
that; a step that is asked for again finds nothing left to do. What is still refused stays.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from clew.answers.quarantine import QUARANTINE, REASON, condition_of, is_seen, question_of
from clew.answers.searching import decode_cursor, encode_cursor
from clew.runtime.clock import Clock, Deadline
from clew.runtime.errors import TransientError
from clew.schema.document import Document
from clew.schema.fields import TIMESTAMP
from clew.schema.rejection import Reason
from clew.schema.timestamps import parse_rfc3339
from clew.search.evaluation import matches
from clew.store.protocols import Cursor, Hit, LogStore, Outcome, Scope
from clew.wire.quarantine import Change, Changed
from collector import events
from collector.quarantine.replaying import BUILT_IN_RULES, Rules, replayed

STEP_SECONDS = 5.0
"""After so long a step begins no further page: whoever waits wants to see that it goes on."""
STEP_LINES = 5_000

_FIRST_PAGE, _LARGEST_PAGE, _GROWTH = 20, 1_000, 4
_PAGE_BYTES = 16 * 1024 * 1024
"""Of what is read at once: a quarantined line may have ten megabytes; most have some hundreds."""


@dataclass(slots=True)
class _Tally:
    """Counts as of `Changed`; `after` is where the next page begins, None at either end."""

    after: Cursor | None
    total: int = 0
    looked: int = 0
    done: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    def answer(self) -> Changed:
        after = None if self.after is None else encode_cursor(self.after)
        return Changed(self.total, self.looked, dict(self.done), dict(self.kept), after)


Ready = tuple[Hit, list[Document]]
Treat = Callable[[list[Hit], _Tally, Deadline], Awaitable[None]]


class Steps:
    """One of each change of a store's quarantine."""

    def __init__(self, store: LogStore, clock: Clock, rules: Rules = BUILT_IN_RULES) -> None:
        self._store, self._clock, self._rules = store, clock, rules

    async def replay(self, change: Change, deadline: Deadline) -> Changed:
        """Raises ValueError for an `after` that is none, and TransientError."""
        treat = self._try_replay if change.dry_run else self._replay
        return await self._step(change, deadline, treat)

    async def purge(self, change: Change, deadline: Deadline) -> Changed:
        """Raises as `replay`."""
        treat = self._count if change.dry_run else self._purge
        return await self._step(change, deadline, treat)

    async def _step(self, change: Change, deadline: Deadline, treat: Treat) -> Changed:
        tally = _Tally(decode_cursor(change.after) if change.after else None)
        try:
            if tally.after is None:
                await self._store.visible_up_to()  # all that is in quarantine by now is looked at
            await self._walk(change, deadline, treat, tally)
            if tally.after is None and not change.dry_run:
                await self._store.visible_up_to()  # who looks now sees what was done
        except (TransientError, TimeoutError) as error:
            if not tally.looked:
                raise TransientError(str(error) or "the store did not answer in time") from error
        return tally.answer()

    async def _walk(self, change: Change, deadline: Deadline, treat: Treat, tally: _Tally) -> None:
        """Page by page, until it is time to tell; the next step begins with a page that failed."""
        soon = Deadline.after(min(STEP_SECONDS, deadline.remaining() / 2), self._clock)
        async with aclosing(self._pages(change, deadline, tally)) as pages:
            async for hits, following in pages:
                await treat(hits, tally, deadline)
                tally.looked += len(hits)
                tally.after = following
                if soon.passed() or tally.looked >= STEP_LINES:
                    return

    async def _pages(
        self, change: Change, deadline: Deadline, tally: _Tally
    ) -> AsyncGenerator[tuple[list[Hit], Cursor | None], None]:
        """Pages of the lines that were chosen, the oldest first, each with where it ends."""
        named = change.namespaces
        scope = Scope(None if named is None else frozenset(named))
        if change.chosen.ids is not None:
            hits = await self._named(change, scope, deadline)
            tally.total = len(hits)
            yield hits, None
            return
        question = question_of(change.chosen, scope, deadline)
        size, after = _FIRST_PAGE, tally.after
        while True:
            page = await self._store.search(question, limit=size, after=after)
            tally.total = tally.total or page.total
            if not page.hits:
                return
            yield page.hits, page.next
            if page.next is None:
                return
            largest = max(_size(hit) for hit in page.hits)
            size = max(1, min(_PAGE_BYTES // largest, size * _GROWTH, _LARGEST_PAGE))
            after = page.next

    async def _named(self, change: Change, scope: Scope, deadline: Deadline) -> list[Hit]:
        chosen = change.chosen
        found = await self._store.by_id(chosen.ids or [], deadline)
        return [
            hit
            for hit in found.values()
            if is_seen(hit, scope)
            and matches(condition_of(chosen), hit.source)
            and _within(hit, chosen.since, chosen.until)
        ]

    async def _replay(self, hits: list[Hit], tally: _Tally, deadline: Deadline) -> None:
        """Raises TransientError where the store holds any of them: then all of them come again."""
        ready, kept = await self._judged(hits)
        refused = await self._release_others(ready, deadline)
        ready = [each for each in ready if each[0].id not in refused]
        results = await self._store.release([documents[0] for _, documents in ready], deadline)
        held = ""
        for (hit, _), result in zip(ready, results, strict=True):
            if result.outcome is Outcome.HELD:
                held = result.reason or "held"
            elif result.outcome is Outcome.REFUSED:
                refused.add(hit.id)
            else:
                tally.done[_reason(hit)] += 1
            events.line_replayed(result)
        if held:
            raise _held(held)
        kept[Reason.REFUSED_BY_STORE] += len(refused)
        tally.kept += +kept

    async def _release_others(self, ready: list[Ready], deadline: Deadline) -> set[str]:
        """
        Store all but the first record of each line that holds many; the lines with one refused.

        They come before the first, which takes the place of the line itself.
        """
        others = [(hit, document) for hit, documents in ready for document in documents[1:]]
        if not others:
            return set()
        results = await self._store.release([document for _, document in others], deadline)
        refused = set()
        for (hit, _), result in zip(others, results, strict=True):
            if result.outcome is Outcome.HELD:
                raise _held(result.reason or "held")
            if result.outcome is Outcome.REFUSED:
                refused.add(hit.id)
        return refused

    async def _try_replay(self, hits: list[Hit], tally: _Tally, _: Deadline) -> None:
        """What the store would say is not known before it is asked."""
        ready, kept = await self._judged(hits)
        tally.done.update(_reason(hit) for hit, _ in ready)
        tally.kept += kept

    async def _judged(self, hits: list[Hit]) -> tuple[list[Ready], Counter[str]]:
        """Those that are no longer refused, each with its documents; of the others, the reasons."""
        verdicts = await asyncio.to_thread(self._verdicts, hits)
        ready, kept = [], Counter[str]()
        for hit, verdict in zip(hits, verdicts, strict=True):
            if isinstance(verdict, Reason):
                kept[verdict.value] += 1
            else:
                ready.append((hit, verdict))
        return ready, kept

    def _verdicts(self, hits: list[Hit]) -> list[list[Document] | Reason]:
        return [replayed(hit, self._rules) for hit in hits]

    async def _purge(self, hits: list[Hit], tally: _Tally, _: Deadline) -> None:
        await self._store.delete([hit.id for hit in hits], QUARANTINE)
        events.lines_purged(len(hits))
        tally.done.update(map(_reason, hits))

    async def _count(self, hits: list[Hit], tally: _Tally, _: Deadline) -> None:
        tally.done.update(map(_reason, hits))


def _held(reason: str) -> TransientError:
    return TransientError(f"the store does not take replayed lines: {reason}")


def _reason(hit: Hit) -> str:
    return str(hit.source.get(REASON, ""))


def _size(hit: Hit) -> int:
    """Roughly the bytes of a hit; its texts are what may be large."""
    return 500 + sum(len(value) for value in hit.source.values() if isinstance(value, str))


def _within(hit: Hit, since: int | None, until: int | None) -> bool:
    time = parse_rfc3339(hit.source[TIMESTAMP])
    return (since is None or since <= time) and (until is None or time < until)
