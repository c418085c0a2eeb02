"""Replay and purge over real servers, whose searches see a change a while after it was made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from clew.answers.quarantine import listed
from clew.answers.reports import Reports
from clew.answers.transactions import transaction
from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.document import Collection
from clew.store.elasticsearch.log_store import ElasticsearchLogStore
from clew.store.protocols import EVERYWHERE
from clew.wire.quarantine import Change, Changed, Chosen
from collector.quarantine import steps
from collector.quarantine.steps import Steps
from tests.contracts.running import ask, patience
from tests.support.elasticsearch.installation import Installation
from tests.support.elasticsearch.server import ElasticsearchServer
from tests.support.memory_state_store import MemoryStateStore
from tests.support.quarantined import MENDED, TRACE, quarantined

STILL = b'{"message":"one","message":"two"}'


@pytest.fixture
def installation(each_elasticsearch: ElasticsearchServer) -> Iterator[Installation]:
    with Installation(each_elasticsearch) as installation:
        yield installation


def test_refused_lines_are_listed_replayed_and_purged(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    """In steps, each line looked at once, and all of it seen by whoever looks afterwards."""
    monkeypatch.setattr(steps, "STEP_LINES", 20)

    async def scenario() -> None:
        store = await ElasticsearchLogStore.open(installation.config, writable=True)
        reports = Reports(MemoryStateStore())

        async def quarantined_in_transaction() -> list[bool]:
            asked = transaction(
                store, TRACE, reports=reports, scope=EVERYWHERE, deadline=patience()
            )
            return [line.quarantined for line in (await asked).lines]

        try:
            await store.write(quarantined(*[MENDED, STILL] * 30), patience())
            assert await quarantined_in_transaction() == [True] * 30
            done = Steps(store, SYSTEM_CLOCK)
            answers, change = [], Change(Chosen(service="cart"))
            while True:
                answers.append(await done.replay(change, patience()))
                if answers[-1].next is None:
                    break
                change.after = answers[-1].next
            assert len(answers) > 1
            assert sum(each.looked for each in answers) == 60
            assert sum(each.done.get("duplicate_key", 0) for each in answers) == 30
            assert await quarantined_in_transaction() == [False] * 30
            again = await done.replay(Change(Chosen(), dry_run=True), patience())
            assert (again.total, again.done) == (30, {})
            found = await listed(store, Chosen(), limit=5, scope=EVERYWHERE, deadline=patience())
            assert (found.page.total, found.reasons[0].count) == (30, 30)
            ids = [found.page.hits[0].id]
            purged = await done.purge(Change(Chosen(ids=ids)), patience())
            assert purged == Changed(1, 1, {"duplicate_key": 1}, {}, None)
            assert await store.count(ask(collections=(Collection.QUARANTINE,))) == 29
            assert await store.count(ask(collections=(Collection.LOGS,))) == 30
        finally:
            await reports.close()
            await store.close()

    asyncio.run(scenario())
