"""Replay and purge over a store in memory and over a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import orjson
import pytest

from clew.answers.reports import Reports
from clew.answers.transactions import transaction
from clew.runtime.clock import SYSTEM_CLOCK, Deadline
from clew.runtime.errors import TransientError
from clew.schema.document import Collection, Document
from clew.schema.rejection import Reason
from clew.schema.timestamps import SECOND
from clew.store.protocols import BOTH, EVERYWHERE, LogStore, Outcome, Question, Result
from clew.wire.quarantine import Change, Changed, Chosen
from collector.quarantine import steps
from collector.quarantine.steps import Steps
from tests.support.documents import NOON, decoded, document
from tests.support.filled_stores import filled_embedded_store, filled_memory_store
from tests.support.memory_state_store import MemoryStateStore
from tests.support.memory_store import MemoryStore
from tests.support.quarantined import MENDED, TRACE, quarantined

Filled = Callable[[Sequence[Document]], AbstractAsyncContextManager[LogStore]]
STILL = b'{"message":"one","message":"two"}'


@pytest.fixture(params=["memory", "embedded"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Filled:
    return filled_memory_store if request.param == "memory" else filled_embedded_store(tmp_path)


def patience() -> Deadline:
    return Deadline.after(60)


async def count(store: LogStore, *collections: Collection) -> int:
    return await store.count(Question(patience(), collections=collections or BOTH))


async def to_the_end(
    step: Callable[[Change, Deadline], Awaitable[Changed]], change: Change
) -> list[Changed]:
    """The answers of all steps."""
    answers = [await step(change, patience())]
    while (after := answers[-1].next) is not None:
        change.after = after
        answers.append(await step(change, patience()))
    return answers


def run(filled: Filled, documents: list[Document], scenario: Callable[[LogStore], Any]) -> Any:
    async def all_of_it() -> Any:
        async with filled(documents) as store:
            return await scenario(store)

    return asyncio.run(all_of_it())


def test_what_is_fine_by_now_moves_into_the_logs_and_the_rest_stays(filled: Filled):
    """Counted by the reason that had brought it there, and by the reason why it stays."""

    async def scenario(store: LogStore) -> Changed:
        changed = await Steps(store, SYSTEM_CLOCK).replay(Change(Chosen()), patience())
        assert await count(store, Collection.LOGS) == 2
        assert await count(store, Collection.QUARANTINE) == 1
        return changed

    changed = run(filled, quarantined(MENDED, STILL, MENDED), scenario)
    assert changed == Changed(3, 3, {"duplicate_key": 2}, {"duplicate_key": 1}, None)


def test_a_second_replay_changes_nothing(filled: Filled):
    async def scenario(store: LogStore) -> None:
        replay = Steps(store, SYSTEM_CLOCK).replay
        await replay(Change(Chosen()), patience())
        before = [hit async for hit in store.scan(Question(patience(), collections=BOTH))]
        again = await replay(Change(Chosen()), patience())
        assert again == Changed(1, 1, {}, {"duplicate_key": 1}, None)
        assert [hit async for hit in store.scan(Question(patience(), collections=BOTH))] == before

    run(filled, quarantined(MENDED, STILL), scenario)


def test_an_id_leads_to_the_line_before_and_after_and_to_one_line_only(filled: Filled):
    """First as a quarantined line of its transaction, then as any other."""

    async def lines(store: LogStore) -> list[bool]:
        reports = Reports(MemoryStateStore())
        asked = transaction(store, TRACE, reports=reports, scope=EVERYWHERE, deadline=patience())
        found = await asked
        await reports.close()
        return [line.quarantined for line in found.lines]

    async def scenario(store: LogStore) -> None:
        assert await lines(store) == [True]
        await Steps(store, SYSTEM_CLOCK).replay(Change(Chosen()), patience())
        assert await lines(store) == [False]

    run(filled, quarantined(MENDED), scenario)


def test_a_dry_run_says_what_would_be_and_does_nothing(filled: Filled):
    async def scenario(store: LogStore) -> None:
        done = Steps(store, SYSTEM_CLOCK)
        replay = await done.replay(Change(Chosen(), dry_run=True), patience())
        assert replay == Changed(2, 2, {"duplicate_key": 1}, {"duplicate_key": 1}, None)
        purge = await done.purge(Change(Chosen(), dry_run=True), patience())
        assert purge == Changed(2, 2, {"duplicate_key": 2}, {}, None)
        assert await count(store, Collection.QUARANTINE) == 2

    run(filled, quarantined(MENDED, STILL), scenario)


def test_a_purge_deletes_what_was_chosen_and_nothing_else(filled: Filled):
    """Chosen by reason and by time; the logs are left alone."""
    kept = [
        *quarantined(STILL, STILL, STILL),
        document(1),
    ]

    async def scenario(store: LogStore) -> None:
        purge = Steps(store, SYSTEM_CLOCK).purge
        nothing = await purge(Change(Chosen(reason="too_deep")), patience())
        assert (nothing.total, nothing.done) == (0, {})
        chosen = Chosen(reason="duplicate_key", since=NOON + SECOND, until=NOON + 2 * SECOND)
        changed = await purge(Change(chosen), patience())
        assert changed == Changed(1, 1, {"duplicate_key": 1}, {}, None)
        assert await count(store, Collection.QUARANTINE) == 2
        assert await count(store, Collection.LOGS) == 1

    run(filled, kept, scenario)


def test_lines_are_chosen_by_their_ids(filled: Filled):
    """Only those of the quarantine, only those the asker may see; an unknown one is no mistake."""
    one, two = quarantined(MENDED, MENDED)

    async def scenario(store: LogStore) -> None:
        replay = Steps(store, SYSTEM_CLOCK).replay
        ids = [two.id, document(1).id, "unknown"]
        other = Change(Chosen(ids=ids), namespaces=["bank"])
        assert (await replay(other, patience())).total == 0
        late = Change(Chosen(ids=ids, until=NOON))
        assert (await replay(late, patience())).total == 0
        changed = await replay(Change(Chosen(ids=ids), namespaces=["shop"]), patience())
        assert changed == Changed(1, 1, {"duplicate_key": 1}, {}, None)
        left = await store.by_id([one.id, two.id], patience())
        assert left[one.id].collection is Collection.QUARANTINE
        assert left[two.id].collection is Collection.LOGS

    run(filled, [one, two, document(1)], scenario)


def test_a_large_quarantine_is_done_in_steps_that_go_on(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
):
    """Each looks at so many lines at most; together they look at each line once."""
    monkeypatch.setattr(steps, "STEP_LINES", 100)
    contents = [MENDED, STILL] * 150

    async def scenario(store: LogStore) -> None:
        answers = await to_the_end(Steps(store, SYSTEM_CLOCK).replay, Change(Chosen()))
        assert len(answers) > 1
        assert answers[0].total == 300
        assert sum(each.looked for each in answers) == 300
        assert sum(each.done.get("duplicate_key", 0) for each in answers) == 150
        assert sum(each.kept.get("duplicate_key", 0) for each in answers) == 150
        assert await count(store, Collection.LOGS) == 150

    run(filled, quarantined(*contents), scenario)


class FullStore(MemoryStore):
    """A store whose disk is full from the second release on: no real one fills up on demand."""

    full, releases = True, 0

    async def release(self, documents: Sequence[Document], deadline: Deadline) -> list[Result]:
        self.releases += 1
        if self.full and self.releases > 1:
            return [Result(Outcome.HELD, "the disk is full")] * len(documents)
        return await super().release(documents, deadline)


def test_a_store_that_holds_lines_ends_a_step_which_can_go_on_there():
    """What was done is told, and the next step begins with the page that was held."""

    async def scenario() -> None:
        store = FullStore()
        await store.write(quarantined(*[MENDED] * 50), patience())
        replay = Steps(store, SYSTEM_CLOCK).replay
        first = await replay(Change(Chosen()), patience())
        assert (first.total, first.looked, first.done) == (50, 20, {"duplicate_key": 20})
        assert first.next is not None
        with pytest.raises(TransientError, match="the disk is full"):
            await replay(Change(Chosen(), after=first.next), patience())
        assert await count(store, Collection.LOGS) == 20
        store.full = False
        [rest] = await to_the_end(replay, Change(Chosen(), after=first.next))
        assert rest.looked == 30
        assert await count(store, Collection.QUARANTINE) == 0

    asyncio.run(scenario())


def test_a_line_of_many_records_leaves_the_quarantine_with_all_of_them(filled: Filled):
    records = [{"body": {"stringValue": text}, "traceId": TRACE} for text in ("one", "two")]
    line = orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]})

    async def scenario(store: LogStore) -> None:
        changed = await Steps(store, SYSTEM_CLOCK).replay(Change(Chosen()), patience())
        assert changed.done == {"duplicate_key": 1}
        assert await count(store, Collection.LOGS) == 2
        assert await count(store, Collection.QUARANTINE) == 0

    run(filled, quarantined(line), scenario)


def test_what_the_logs_cannot_hold_stays_and_is_counted(tmp_path: Path):
    """A replay of what the store refused is refused again, until the store can take it."""
    [kept] = quarantined(MENDED)
    odd = decoded(kept) | {"log.offset": "nowhere"}

    async def scenario(store: LogStore) -> None:
        changed = await Steps(store, SYSTEM_CLOCK).replay(Change(Chosen()), patience())
        assert changed.kept == {Reason.REFUSED_BY_STORE.value: 1}
        assert await count(store, Collection.QUARANTINE) == 1

    unfit = kept._replace(source=orjson.dumps(odd))
    run(filled_embedded_store(tmp_path), [unfit], scenario)
