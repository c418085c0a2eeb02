"""What is told of services is the same over every store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clew.answers.conformance import Conformance, Counts, Period, Scoreboard, scoreboard
from clew.answers.service_conformance import ServiceConformance, service_conformance
from clew.runtime.clock import Deadline
from clew.store.elasticsearch.log_store import ElasticsearchLogStore
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import EVERYWHERE, LogStore, Scope
from tests.contracts.running import MakeLogStore, patience, put
from tests.support.conforming import HOUR, SINCE, UNTIL, conforming_documents
from tests.support.elasticsearch.installation import Installation
from tests.support.elasticsearch.server import ElasticsearchServer
from tests.support.memory_store import MemoryStore

PERIOD = Period(SINCE, UNTIL)

Answer = Callable[[LogStore], Any]


class Told:
    """The checks; a subclass says how a store is made."""

    @pytest.fixture
    def make(self) -> MakeLogStore:
        raise NotImplementedError

    @pytest.fixture
    def told(self, make: MakeLogStore) -> Callable[[Answer], Any]:
        async def run(answer: Answer) -> Any:
            store = await make()
            try:
                await put(store, *conforming_documents())
                return await answer(store)
            finally:
                await store.close()

        return lambda answer: asyncio.run(run(answer))

    def test_a_scoreboard_tells_of_each_service_what_its_lines_were(self, told: Any):
        """The most offending first; the time before is told beside it."""
        board: Scoreboard = told(
            lambda store: scoreboard(store, PERIOD, scope=EVERYWHERE, deadline=patience())
        )
        assert board.services == [
            Conformance(
                "payment",
                now=Counts(11, 6, 3, 3, 6, 0),
                before=Counts(4, 1),
                dialects={"pino": 2},
                reasons={"invalid_json": 2, "duplicate_key": 1},
                fields={"message": 1},
                violations={"missing_field:trace.id": 3, "level_not_allowed:log.level": 1},
            ),
            Conformance("cart", now=Counts(10, 10, 0, 0, 10, 10)),
            Conformance("legacy", now=Counts(3), dialects={"text": 3}),
        ]
        assert not board.cut
        payment = board.services[0]
        assert payment.now.translated == 2
        assert payment.change("canonical") == pytest.approx(6 / 11 - 1 / 4)
        assert board.services[1].change("canonical") is None

    def test_it_tells_nothing_of_what_its_asker_may_not_see(self, told: Any):
        def answer(scope: Scope, namespace: str = "") -> list[str]:
            board: Scoreboard = told(
                lambda store: scoreboard(
                    store, PERIOD, namespace=namespace, scope=scope, deadline=patience()
                )
            )
            return [each.service for each in board.services]

        assert answer(Scope(frozenset({"bank"}))) == ["legacy"]
        assert answer(EVERYWHERE, "shop") == ["payment", "cart"]
        assert answer(Scope(frozenset({"bank"})), "shop") == []

    def test_a_service_is_told_with_its_course_and_who_offends(self, told: Any):
        answer: ServiceConformance = told(
            lambda store: service_conformance(
                store, "payment", PERIOD, scope=EVERYWHERE, deadline=patience()
            )
        )
        assert answer.whole.now == Counts(11, 6, 3, 3, 6, 0)
        assert answer.whole.before == Counts(4, 1)
        assert answer.whole.dialects == {"pino": 2}
        assert answer.course.steps == {
            SINCE: Counts(3, 2, 1, 2, 0, 0),
            SINCE + HOUR: Counts(8, 4, 2, 1, 6, 0),
        }
        loggers = [(each.name, each.lines, each.what) for each in answer.loggers]
        assert loggers == [
            ("com.shop.Refunds", 2, "missing_field:trace.id"),
            ("audit", 1, "missing_field:trace.id, level_not_allowed:log.level"),
        ]
        assert answer.loggers[0].sample is not None
        assert answer.loggers[0].sample.source["message"] == "refunded"
        fields = [(each.name, each.lines, each.what) for each in answer.fields]
        assert fields[0][:2] == ("trace.id", 3)
        assert sorted(fields[1:]) == [
            ("log.level", 1, "missing_field:trace.id, level_not_allowed:log.level"),
            ("message", 1, "duplicate_key"),
        ]
        assert [reason for reason, *_ in answer.remedies] == [
            "missing_field",
            "invalid_json",
            "duplicate_key",
            "level_not_allowed",
        ]

    def test_a_service_that_said_nothing_has_no_line(self, told: Any):
        answer: ServiceConformance = told(
            lambda store: service_conformance(
                store, "quiet", PERIOD, scope=EVERYWHERE, deadline=patience()
            )
        )
        assert (answer.whole.now, answer.loggers, answer.fields) == (Counts(), [], [])

    def test_at_the_deadline_it_is_given_up(self, told: Any):
        with pytest.raises(TimeoutError):
            told(
                lambda store: scoreboard(
                    store, PERIOD, scope=EVERYWHERE, deadline=Deadline.after(0)
                )
            )


class TestMemory(Told):
    @pytest.fixture
    def make(self) -> MakeLogStore:
        async def make() -> LogStore:
            return MemoryStore()

        return make


class TestEmbedded(Told):
    @pytest.fixture
    def make(self, tmp_path_factory: pytest.TempPathFactory) -> MakeLogStore:
        async def make() -> LogStore:
            return await EmbeddedLogStore.open(tmp_path_factory.mktemp("store"), writable=True)

        return make


class TestElasticsearch(Told):
    @pytest.fixture
    def make(self, each_elasticsearch: ElasticsearchServer) -> Iterator[MakeLogStore]:
        installations: list[Installation] = []

        async def make() -> LogStore:
            installations.append(Installation(each_elasticsearch))
            return await ElasticsearchLogStore.open(installations[-1].config, writable=True)

        yield make
        for installation in installations:
            installation.__exit__(None, None, None)


class CountingStore(MemoryStore):
    """Counts what it is asked: how long a real one takes depends on that, and on how many lines."""

    questions = 0

    async def facets(self, *asked: Any, **more: Any) -> Any:
        self.questions += 1
        return await super().facets(*asked, **more)


def test_more_services_are_no_more_questions():
    async def questions(services: int) -> int:
        store = CountingStore()
        kinds = conforming_documents()
        for number in range(services):
            await store.write(
                [
                    each._replace(
                        id=f"{each.id}-{number}",
                        source=each.source.replace(b'"payment"', b'"payment-%d"' % number),
                    )
                    for each in kinds
                ],
                patience(),
            )
        board = await scoreboard(store, PERIOD, scope=EVERYWHERE, deadline=patience())
        assert len(board.services) == services + 2
        return store.questions

    assert asyncio.run(questions(2)) == asyncio.run(questions(20)) < 30
