"""
The journal of a node against a list of what was written to it: each entry is stored, counted once.

Hypothesis plays journald, agent and collector: entries of two series and lines of a file are
written and sent together, answers come in any order, or say that something is held, checkpoints are
written or not, the agent is killed at any point with slots damaged meanwhile, and the journal is
switched off for a while. A stand-in for `journalctl` makes that cheap; the real one is asked in
`tests/unit/agent/test_journal.py`.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.outbox.outbox import Outgoing
from agent.sources.building import open_journal
from agent.sources.config import JournaldConfig
from agent.sources.journald import JournalFollower
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper
from tests.support.journal_stand_in import JournalStandIn
from tests.support.memory_collector import send
from tests.support.node import LIMITS, Node
from tests.support.processes import wait_until


class JournalLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.node = Node(Path(self.folder.name))
        self.journal = JournalStandIn(Path(self.folder.name))
        self.log = self.node.log()
        self.written: list[str] = []
        self.on_the_way: list[Outgoing] = []
        self.start(followed=True)

    def start(self, *, followed: bool) -> None:
        source, opens = Kubernetes([self.node.pods], "here"), self.open if followed else None
        self.sweeper = Sweeper(
            source, self.node.data, "here", LIMITS, self.node.clock, open_journal=opens
        )

    def open(self, cursor: str) -> JournalFollower:
        config = JournaldConfig(enabled=True, units=[], program=self.journal.program)
        return open_journal(config, "here", "", self.node.clock, cursor)

    # The node.

    @rule(series=st.sampled_from("ab"), count=st.integers(1, 3))
    def write_entries(self, series: str, count: int) -> None:
        for _ in range(count):
            self.written.append(f"said {len(self.written)}")
            self.journal.write(series, self.written[-1], self.node.clock.now())

    @rule()
    def write_a_line(self) -> None:
        self.written.append(f"line {len(self.written)}")
        self.log.write(self.written[-1].encode())

    @rule(seconds=st.sampled_from([1, 40, 90]))
    def pass_time(self, seconds: int) -> None:
        self.node.clock.advance(seconds)

    # The agent.

    @rule()
    def take(self) -> None:
        """The next batch; if only entries can come, these are waited for."""
        self.sweeper.look()
        wait_until(self.take_some, "a batch, or that there is none")

    def take_some(self) -> bool:
        outgoing = self.sweeper.collect()
        if outgoing is not None:
            self.on_the_way.append(outgoing)
        return outgoing is not None or self.nothing_comes()

    def nothing_comes(self) -> bool:
        journal = self.sweeper.journal
        return (
            not journal.followed or bool(journal.held) or journal._head == self.journal.last_cursor
        )

    @rule()
    def save(self) -> None:
        self.sweeper.save()

    @rule(followed=st.booleans(), damaged=st.sets(st.integers(0, 5), max_size=2))
    def kill(self, followed: bool, damaged: set[int]) -> None:
        """What is on the way may have been answered or not; nobody hears of it any more."""
        self.sweeper.close()
        self.on_the_way.clear()
        for slot in damaged:
            if (self.node.data / "outbox" / f"{slot}.slot").exists():
                self.node.damage_slot(slot)
        self.start(followed=followed)

    # The collector.

    @precondition(lambda self: self.on_the_way)
    @rule(place=st.integers(0, 9), heard=st.booleans())
    def answer(self, place: int, heard: bool) -> None:
        outgoing = self.on_the_way[place % len(self.on_the_way)]
        answer = self.node.collector.take(self.sweeper.body(outgoing))
        if heard:
            self.on_the_way.remove(outgoing)
            self.sweeper.settle(outgoing, answer)

    @precondition(lambda self: self.on_the_way)
    @rule(place=st.integers(0, 9), entries=st.booleans(), lines=st.booleans())
    def hold(self, place: int, entries: bool, lines: bool) -> None:
        outgoing = self.on_the_way.pop(place % len(self.on_the_way))
        held = {part.file.path for part in outgoing.ranges if (entries if part.cursor else lines)}
        self.node.collector.held = held
        send(self.sweeper, outgoing, self.node.collector)
        self.node.collector.held = set()

    @invariant()
    def books_are_in_order(self) -> None:
        ledger = self.sweeper.ledger
        assert ledger.gaps == []
        assert ledger.balance(self.sweeper.watch.pieces_open) == 0
        assert ledger.lines_read <= len(self.written)
        assert max(Counter(self.node.collector.texts()).values(), default=1) == 1

    def teardown(self) -> None:
        try:
            self.kill(followed=True, damaged=set())
            wait_until(self.all_is_counted, "every entry and line is stored and counted")
            assert sorted(self.node.collector.texts()) == sorted(self.written)
            self.sweeper.save()
            assert self.node.remembered().open_batches == []
            self.books_are_in_order()
        finally:
            self.sweeper.close()
            self.log.close()
            self.folder.cleanup()

    def all_is_counted(self) -> bool:
        self.node.clock.advance(1)
        self.sweeper.look()
        while (outgoing := self.sweeper.collect()) is not None:
            send(self.sweeper, outgoing, self.node.collector)
        return self.sweeper.ledger.lines_read == len(self.written) and self.nothing_comes()


TestJournalLife = JournalLife.TestCase
TestJournalLife.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
