"""
The life of a container's log against a model of it: every line is stored once, whatever happens.

Hypothesis plays runtime, kubelet, agent and collector in any order, with crashes of the agent and
answers that never arrive. At any moment the agent's watermark claims no line that is not stored. At
the end all come to rest, and what is stored is compared with what was written.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from agent.outbox.outbox import Outgoing
from agent.outbox.sending import HELD_FOR_SECONDS
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper, SweepLimits
from clew.schema.document import document_id, generation
from clew.wire.batch import decode_batch
from tests.support.documents import decoded
from tests.support.log_files import LogWriter, Stream, cri_line
from tests.support.memory_collector import BATCH_BYTES, MemoryCollector, send, send_everything
from tests.support.set_clock import SetClock

UNFINISHED_AFTER_SECONDS = 1000.0
LIMITS = SweepLimits(500, UNFINISHED_AFTER_SECONDS, 30.0, group_seconds=0.0)
SENDERS = 2
MOMENT_SECONDS = 0.001
"""Passes with every line, so that no two lines end at the same time."""

Line = tuple[Stream | None, str, int, int | None]
LINES: st.SearchStrategy[list[Line]] = st.lists(
    st.tuples(
        st.sampled_from(["stdout", "stdout", "stderr", None]),
        st.sampled_from(["F", "F", "P", "P:x"]),
        st.integers(0, 300),
        st.none() | st.integers(1, 60),
    ),
    min_size=1,
    max_size=4,
)
"""Stream, tag and size of lines, and after how many bytes the runtime pauses."""

FATES = ("arrives", "arrives", "is lost", "holds")
"""What may become of an answer; or the collector holds a part."""

Source = dict[str, Any]


class Physical(NamedTuple):
    """A line as it stands in a file; without a stream it is one that no runtime writes."""

    offset: int
    stream: Stream | None
    tag: str
    text: str


@dataclass
class Written:
    """All that was written to one file, under whatever names."""

    restart: int
    first_line: bytes = b""
    lines: list[Physical] = field(default_factory=list)

    @property
    def generation(self) -> str:
        return generation(f"shop_cart-0_0c1/cart/{self.restart}", self.first_line)


class LogFileLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.pods, self.data = Path(self.folder.name, "pods"), Path(self.folder.name, "data")
        self.data.mkdir()
        self.log = LogWriter(self.pods)
        self.files = [Written(restart=0)]
        self.renamed: Path | None = None
        self.rotated: list[Path] = []
        self.half = b""
        self.texts = 0
        self.ended: dict[str, int] = {}
        self.clock, self.collector = SetClock(), MemoryCollector()
        self.on_the_way: list[Outgoing] = []
        self.gave_up_waiting = False
        self.start_agent()

    def note_line(self, stream: Stream | None, tag: str, size: int) -> bytes:
        """A new line goes into the model; its bytes, to be appended at once."""
        self.texts += 1
        self.clock.advance(MOMENT_SECONDS)
        text = f"{self.texts} {'x' * size}"
        framed = cri_line(self.log.time, stream, tag, text.encode()) if stream else None
        data = framed or f"{text}\n".encode()
        file = self.files[-1]
        if not file.lines:
            file.first_line = data[:-1]
        file.lines.append(Physical(self.log.append(b""), stream, tag, text))
        return data

    # The runtime. It may write half a line, and ends it before it does anything else.

    @initialize(lines=LINES)
    def begin(self, lines: list[Line]) -> None:
        self.write(lines)

    @rule(lines=LINES)
    def write(self, lines: list[Line]) -> None:
        for stream, tag, size, cut in lines:
            self.end_half_line()
            data = self.note_line(stream, tag, size)
            self.log.append(data[:cut])
            self.half = data[cut:] if cut else b""
            if not self.half:
                self.end_line()

    def end_half_line(self) -> None:
        if self.half:
            self.log.append(self.half)
            self.half = b""
            self.end_line()

    def end_line(self) -> None:
        self.ended[self.files[-1].lines[-1].text] = self.clock.now()

    @rule()
    def restart_container(self) -> None:
        self.end_half_line()
        self.renamed = None
        self.log.restart()
        self.files.append(Written(self.log.number))

    # The kubelet. Between its renaming and the reopening, lines go to the renamed file.

    @precondition(lambda self: self.renamed is None)
    @rule()
    def rename(self) -> None:
        self.renamed = self.log.rename()

    @precondition(lambda self: self.renamed is not None)
    @rule(reopens=st.booleans())
    def end_rotation(self, reopens: bool) -> None:
        """The runtime opens a new file, or does not and the kubelet renames back."""
        assert self.renamed is not None
        renamed, self.renamed = self.renamed, None
        if not reopens:
            renamed.rename(self.log.path)
            return
        self.end_half_line()
        self.rotated.append(renamed)
        self.log.reopen()
        self.files.append(Written(self.log.number))

    @precondition(lambda self: self.rotated)
    @rule()
    def compress(self) -> None:
        self.log.compress(self.rotated.pop(0))

    # The agent.

    def start_agent(self) -> None:
        self.on_the_way = []
        self.sweeper = Sweeper(
            Kubernetes([self.pods], "here"), self.data, "here", LIMITS, self.clock
        )

    @rule()
    def follow(self) -> None:
        """What an agent that is left alone does."""
        send_everything(self.sweeper, self.collector)

    @precondition(lambda self: len(self.on_the_way) < SENDERS)
    @rule(looks=st.booleans())
    def collect(self, looks: bool) -> None:
        if looks:
            self.sweeper.look()
        outgoing = self.sweeper.collect()
        if outgoing is not None:
            self.on_the_way.append(outgoing)

    @rule(lines=LINES | st.just([]))
    def crash(self, lines: list[Line]) -> None:
        """The container goes on writing while no agent runs."""
        self.write(lines)
        self.start_agent()

    # A line that was sent without its rest, since that was late, and a checkpoint lost before the
    # rest is stored: then it is joined, and meets the document that has only its beginning.
    @precondition(lambda self: not self.gave_up_waiting)
    @rule(names=st.sampled_from([["checkpoint"], ["checkpoint", "checkpoint.previous"]]))
    def crash_and_lose_the_checkpoint(self, names: list[str]) -> None:
        for name in names:
            if (self.data / name).exists():
                (self.data / name).write_bytes(b"")
        self.start_agent()

    @precondition(lambda self: not self.on_the_way)
    @rule(fate=st.sampled_from(FATES))
    def give_up_waiting(self, fate: str) -> None:
        """The container is quiet for long: lines that are open go without their rest."""
        self.follow()
        self.clock.advance(UNFINISHED_AFTER_SECONDS)
        self.gave_up_waiting = True
        self.collect(looks=False)
        if self.on_the_way:
            self.answer(fate, last=True)

    # The collector.

    @precondition(lambda self: self.on_the_way)
    @rule(fate=st.sampled_from(FATES), last=st.booleans())
    def answer(self, fate: str, last: bool) -> None:
        outgoing = self.on_the_way.pop(-last)
        if fate == "is lost":
            self.collector.take(self.sweeper.body(outgoing))
            self.sweeper.give_back(outgoing)
            return
        parts = decode_batch(self.sweeper.body(outgoing), BATCH_BYTES).parts
        self.collector.held = {parts[0].path} if fate == "holds" else set()
        assert (send(self.sweeper, outgoing, self.collector) > 0) is (fate == "holds")
        self.collector.held = set()

    @rule()
    def rest(self) -> None:
        self.clock.advance(HELD_FOR_SECONDS)

    # What must be so at any moment.

    @invariant()
    def the_watermark_claims_no_line_that_is_not_stored(self) -> None:
        time = self.sweeper.watermark.time
        claimed = [text for text, ended in self.ended.items() if ended < time]
        if not claimed:
            return
        stored = "\n".join(self.collector.texts())
        for file in self.files:
            for line in file.lines:
                if line.text in claimed and line.tag == "F":
                    assert f"{line.text}\n" in f"{stored}\n", line

    @invariant()
    def the_books_of_the_container_balance(self) -> None:
        for balance in self.sweeper.watch.balances():
            assert (balance.bytes_missing, balance.lines_missing) == (0, 0), str(balance)

    # The end.

    def teardown(self) -> None:
        try:
            self.come_to_rest()
            self.check_watermark()
            self.check_documents()
            self.check_ledger()
        finally:
            self.log.close()
            self.folder.cleanup()

    def come_to_rest(self) -> None:
        self.end_half_line()
        for outgoing in self.on_the_way:
            self.sweeper.give_back(outgoing)
        self.rest()
        send_everything(self.sweeper, self.collector)
        send_everything(self.sweeper, self.collector, close_at_once=True)

    def check_watermark(self) -> None:
        """Once all is stored, all that was written before the last look is claimed."""
        self.clock.advance(MOMENT_SECONDS)
        self.sweeper.look()
        assert self.sweeper.watermark.time == self.clock.now()
        assert self.sweeper.watermark.behind_seconds(self.clock.now()) == 0

    def check_documents(self) -> None:
        """Everything that was written is there, once, as it was written, and nothing else is."""
        stored = {id_: decoded(document) for id_, document in self.collector.documents.items()}
        for file in self.files:
            self.check_file(file, stored)
        assert stored == {}

    def check_file(self, file: Written, stored: dict[str, Source]) -> None:
        """Compare a file's lines with their documents, and take these away."""
        begun: dict[Stream, tuple[Source, str]] = {}
        for line in file.lines:
            source = stored.pop(document_id(file.generation, line.offset), None)
            if line.stream is None:
                assert source is not None
                assert source["event.original"] == line.text
                continue
            if source is not None:
                assert source["stream"] == line.stream
                if line.stream in begun:
                    assert self.gave_up_waiting
                    assert_text(*begun[line.stream], unfinished=True)
                begun[line.stream] = (source, "")
            source, text = begun[line.stream]
            begun[line.stream] = (source, text + line.text)
            if line.tag == "F":
                assert_text(*begun.pop(line.stream), unfinished=False)
        for source, text in begun.values():
            assert_text(source, text, unfinished=True)

    def check_ledger(self) -> None:
        """Nothing was lost, so what was read is what was written; a lost ledger began anew."""
        status = self.sweeper.status()
        assert status["balanced"]
        assert (status["unread_bytes"], status["gap_count"], status["pieces_open"]) == (0, 0, 0)
        assert status["lines_read"] == sum(len(file.lines) for file in self.files)
        assert status["indexed"] + status["quarantined"] == len(self.collector.documents)


def assert_text(source: Source, text: str, *, unfinished: bool) -> None:
    assert source["message"] == text
    assert ("clew.violations" in source) is unfinished


TestLogFileLife = LogFileLife.TestCase
TestLogFileLife.settings = settings(max_examples=150, stateful_step_count=50)
