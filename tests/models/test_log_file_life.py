"""
The life of a container's log against a model of it: every line is stored once, whatever happens,
and whole, though its pieces stand in several files.

Hypothesis plays runtime, kubelet, agent and collector in any order, with crashes of the agent and
answers that never arrive. At any moment the agent's watermark claims no line that is not stored. At
the end all come to rest, and what is stored is compared with what was written.

Files are deleted too, also while they are written to. What an agent saw before it crashed is stored
all the same; of what it can't have seen, what is not stored is a gap in its ledger.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
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
from agent.rescue.keeping import QUIET_SECONDS
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper, SweepLimits
from clew.runtime.errors import CorruptionError
from clew.schema.document import document_id, generation
from clew.wire.batch import decode_batch
from tests.support.bad_disk import flip_bit
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

PIECES: st.SearchStrategy[list[Line]] = st.lists(
    st.tuples(st.sampled_from(["stdout", "stderr"]), st.just("P"), st.integers(0, 30), st.none()),
    max_size=2,
)

FATES = ("arrives", "arrives", "is lost", "holds")
"""What may become of an answer; or the collector holds a part."""

Source = dict[str, Any]


class Unended(NamedTuple):
    """A line whose end was not met yet: its document, and its text so far."""

    source: Source
    text: str


Begun = dict[Stream, Unended]


class Physical(NamedTuple):
    """A line as it stands in a file; without a stream it is one that no runtime writes."""

    offset: int
    stream: Stream | None
    tag: str
    text: str
    late: bool = False
    """It went to the file when that had its rotated name."""


@dataclass
class Written:
    """All that was written to one file, under whatever names."""

    restart: int
    first_line: bytes = b""
    lines: list[Physical] = field(default_factory=list)
    deleted: bool = False
    held: bool = False
    """Whether the agent that runs has found it."""
    closed_bytes: int | None = None
    """How large it was when it was so quiet that the agent need not hold it open any more."""
    copied_bytes: int = 0
    """What the last look saw of it after it was deleted."""
    safe_bytes: int | None = None
    """What is behind may be lost; None: nothing may."""
    untold: bool = False
    """Nobody can tell how much is lost, or that there was such a file."""
    changed_at: float = 0.0
    size: int = 0

    @property
    def generation(self) -> str:
        return generation(self.container, self.first_line)

    @property
    def container(self) -> str:
        return f"shop_cart-0_0c1/cart/{self.restart}"

    def may_lose(self, safe_bytes: int) -> None:
        safe = [each for each in (self.safe_bytes, safe_bytes) if each is not None]
        self.safe_bytes = min(safe)

    def end_of(self, line: Physical) -> int:
        behind = self.lines.index(line) + 1
        return self.lines[behind].offset if behind < len(self.lines) else self.size

    def may_be_lost(self, line: Physical) -> bool:
        return self.safe_bytes is not None and self.end_of(line) > self.safe_bytes


class LogFileLife(RuleBasedStateMachine):
    limits = LIMITS

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.pods, self.data = Path(self.folder.name, "pods"), Path(self.folder.name, "data")
        self.data.mkdir()
        self.log = LogWriter(self.pods)
        self.files = [Written(restart=0)]
        self.renamed: Path | None = None
        self.rotated: list[Path] = []
        self.by_path: dict[Path, Written] = {}
        """All files that have a name and are not written to."""
        self.half = b""
        self.texts = 0
        self.ended: dict[str, int] = {}
        self.clock, self.collector = SetClock(), MemoryCollector()
        self.on_the_way: list[Outgoing] = []
        self.gave_up_waiting = self.lost_ledger = False
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
        late = self.renamed is not None
        file.lines.append(Physical(self.log.append(b""), stream, tag, text, late))
        return data

    def append(self, data: bytes) -> None:
        self.log.append(data)
        file = self.files[-1]
        file.size += len(data)
        file.changed_at = self.clock.monotonic()

    # The runtime. It may write half a line, and ends it before it does anything else.

    @initialize(lines=LINES)
    def begin(self, lines: list[Line]) -> None:
        self.write(lines)

    @rule(lines=LINES)
    def write(self, lines: list[Line]) -> None:
        for stream, tag, size, cut in lines:
            self.end_half_line()
            data = self.note_line(stream, tag, size)
            self.append(data[:cut] if cut else data)
            self.half = data[cut:] if cut else b""
            if not self.half:
                self.end_line()

    def end_half_line(self) -> None:
        if self.half:
            self.append(self.half)
            self.half = b""
            self.end_line()

    def end_line(self) -> None:
        self.ended[self.files[-1].lines[-1].text] = self.clock.now()

    @rule()
    def restart_container(self) -> None:
        self.end_half_line()
        path, file = self.renamed or self.log.path, self.files[-1]
        self.renamed = None
        self.log.restart()
        if not file.deleted:
            self.by_path[path] = file
        self.files.append(Written(self.log.number))

    # The kubelet. Between its renaming and the reopening, lines go to the renamed file.

    def may_rename(self) -> bool:
        return self.renamed is None and not self.files[-1].deleted

    @precondition(lambda self: self.may_rename())
    @rule()
    def rename(self) -> None:
        self.renamed = self.log.rename()

    @precondition(lambda self: self.renamed is not None)
    @rule(reopens=st.booleans())
    def end_rotation(self, reopens: bool) -> None:
        """The runtime opens a new file, or does not and the kubelet renames back."""
        assert self.renamed is not None
        renamed = self.renamed
        if reopens:
            self.rotated.append(renamed)
            self.by_path[renamed] = self.files[-1]
            self.open_next_file()
        else:
            renamed.rename(self.log.path)
        self.renamed = None

    def open_next_file(self) -> None:
        """Lines may be in the middle; what is written next stands in the new file."""
        self.end_half_line()
        self.log.reopen()
        self.files.append(Written(self.log.number))

    @precondition(lambda self: self.may_rename())
    @rule(begun=PIECES, late=PIECES, lines=LINES)
    def rotate_within_lines(self, begun: list[Line], late: list[Line], lines: list[Line]) -> None:
        self.write(begun)
        self.rename()
        self.write(late)
        self.end_rotation(reopens=True)
        self.write(lines)

    @precondition(lambda self: self.rotated)
    @rule()
    def compress(self) -> None:
        path = self.rotated.pop(0)
        self.by_path[self.log.compress(path)] = self.by_path.pop(path)

    # The agent.

    def look(self) -> None:
        """Before each look of the agent: what it is about to see, it must not lose."""
        now = self.clock.monotonic()
        for file in self.files:
            # Without a whole line there is no file yet; and one without a name may stay away.
            file.held = file.held or (not file.deleted and file.size > len(file.first_line))
            if not file.deleted:
                quiet = now - file.changed_at >= QUIET_SECONDS
                file.closed_bytes = file.size if quiet else None
            if file.deleted and file.held:
                file.copied_bytes = file.size
                if now - file.changed_at >= QUIET_SECONDS:
                    file.may_lose(file.size)
                    file.untold = True  # who writes so late has lost its log

    @property
    def any_deleted(self) -> bool:
        return any(file.deleted for file in self.files)

    def start_agent(self) -> None:
        self.on_the_way = []
        for file in self.files:
            file.held = False
            if file.deleted:
                file.may_lose(file.copied_bytes)
        self.sweeper = Sweeper(
            Kubernetes([self.pods], "here"), self.data, "here", self.limits, self.clock
        )
        for file in self.files:
            if file.deleted and file.generation not in self.sweeper.watch.followers:
                file.untold = True

    @rule()
    def follow(self) -> None:
        """What an agent that is left alone does."""
        self.look()
        send_everything(self.sweeper, self.collector)

    @precondition(lambda self: len(self.on_the_way) < SENDERS)
    @rule(looks=st.booleans())
    def collect(self, looks: bool) -> None:
        if looks:
            self.look()
            self.sweeper.look()
        outgoing = self.sweeper.collect()
        if outgoing is not None:
            self.on_the_way.append(outgoing)

    @rule(lines=LINES | st.just([]))
    def crash(self, lines: list[Line]) -> None:
        """The container goes on writing while no agent runs."""
        self.write(lines)
        self.start_agent()

    @precondition(lambda self: not self.on_the_way)
    @rule(batches=st.integers(1, 4), arrives=st.booleans())
    def follow_and_crash(self, batches: int, arrives: bool) -> None:
        """Killed with a batch on its way, after some that were stored."""
        self.look()
        self.sweeper.look()
        for number in range(batches):
            outgoing = self.sweeper.collect()
            if outgoing is None:
                break
            if number < batches - 1:
                send(self.sweeper, outgoing, self.collector)
            elif arrives:
                self.collector.take(self.sweeper.body(outgoing))
        self.start_agent()

    # A line that was sent without its rest, since that was late, and a checkpoint lost before the
    # rest is stored: then it is joined, and meets the document that has only its beginning. And of
    # a file that was deleted too nobody can tell what was stored.
    @precondition(lambda self: not self.gave_up_waiting and not self.any_deleted)
    @rule(names=st.sampled_from([["checkpoint"], ["checkpoint", "checkpoint.previous"]]))
    def crash_and_lose_the_checkpoint(self, names: list[str]) -> None:
        for name in names:
            if (self.data / name).exists():
                (self.data / name).write_bytes(b"")
                self.lost_ledger = True
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

    # A file that is closed by then, and deleted before it is opened again, is a gap. And a line
    # that was stored without its rest, and no answer came, is joined when it is read again.
    @precondition(
        lambda self: self.on_the_way and not self.any_deleted and not self.gave_up_waiting
    )
    @rule(last=st.booleans())
    def rot(self, last: bool) -> None:
        """A batch waits to be sent again, and is not on the disk any more."""
        outgoing = self.on_the_way.pop(-last)
        outgoing.body = None
        flip_bit(self.data / "outbox" / f"{outgoing.kept.slot}.slot")
        with pytest.raises(CorruptionError):
            self.sweeper.body(outgoing)
        self.sweeper.read_again(outgoing)
        self.look()
        self.sweeper.look()

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
                if line.text in claimed and line.tag == "F" and not file.may_be_lost(line):
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
        for close_at_once in (False, False, True, True):
            self.look()
            send_everything(self.sweeper, self.collector, close_at_once=close_at_once)
        self.clock.advance(QUIET_SECONDS)
        for _ in range(3):
            send_everything(self.sweeper, self.collector, close_at_once=True)

    def check_watermark(self) -> None:
        """Once all is stored, all that was written before the last look is claimed."""
        self.clock.advance(MOMENT_SECONDS)
        self.sweeper.look()
        assert self.sweeper.watermark.time == self.clock.now()
        assert self.sweeper.watermark.behind_seconds(self.clock.now()) == 0

    def check_documents(self) -> None:
        """Everything that was written is there, once, as it was written, and nothing else is."""
        stored: dict[str, dict[str, Source]] = {}
        for id_, document in self.collector.documents.items():
            stored.setdefault(id_.partition("-")[0], {})[id_] = decoded(document)
        self.lost_bytes = 0
        begun: Begun = {}
        restart = 0
        for file in self.files:
            if file.restart != restart:
                assert_unfinished(begun)
                begun, restart = {}, file.restart
            begun = self.check_file(file, stored.pop(file.generation, {}), begun)
        assert_unfinished(begun)
        assert stored == {}

    def check_file(self, file: Written, stored: dict[str, Source], begun: Begun) -> Begun:
        """The documents are those of its first lines: of all of them, unless some may be lost."""
        certain = sum(not file.may_be_lost(line) for line in file.lines)
        for count in range(len(file.lines), certain - 1, -1):
            try:
                open_lines = self.check_lines(file, count, dict(stored), dict(begun))
            except AssertionError:
                if count > certain:
                    continue
                raise
            break
        self.check_lost(file, count)
        if count < len(file.lines):
            assert_unfinished(open_lines)
            return {}
        return open_lines

    def check_lost(self, file: Written, count: int) -> None:
        """Of lines that are not stored the ledger says so, as far as anybody can know."""
        if count < len(file.lines):
            self.lost_bytes += file.size - file.lines[count].offset
        gaps = [g for g in self.sweeper.ledger.gaps if g.container == file.container]
        for line in file.lines[count:]:
            told = any(
                g.start <= line.offset and (g.unbounded or line.offset < g.end) for g in gaps
            )
            assert told or line.late or file.untold, (line, gaps)

    def check_lines(
        self, file: Written, count: int, stored: dict[str, Source], begun: Begun
    ) -> Begun:
        """
        Compare so many lines with all documents of their file, where those of the file before it
        that are `begun` go on; which ones go on behind it.
        """
        for line in file.lines[:count]:
            source = stored.pop(document_id(file.generation, line.offset), None)
            if line.stream is None:
                assert source is not None
                assert source["event.original"] == line.text
                continue
            if source is not None:
                assert source["stream"] == line.stream
                if line.stream in begun:
                    assert self.gave_up_waiting
                    assert_text(begun[line.stream], unfinished=True)
                begun[line.stream] = Unended(source, "")
            assert line.stream in begun
            unended = begun[line.stream]
            begun[line.stream] = unended._replace(text=unended.text + line.text)
            if line.tag == "F":
                assert_text(begun.pop(line.stream), unfinished=False)
        for unended in begun.values():
            assert unended.source["message"].startswith(unended.text)
        assert stored == {}
        return begun

    def check_ledger(self) -> None:
        """What was read is what was written, or lost; a lost ledger began anew."""
        status = self.sweeper.status()
        assert status["balanced"]
        assert (status["unread_bytes"], status["pieces_open"]) == (0, 0)
        assert status["indexed"] + status["quarantined"] == len(self.collector.documents)
        assert status["gap_bytes"] <= self.lost_bytes
        if all(file.safe_bytes is None for file in self.files):
            assert status["gap_count"] == 0
            assert status["lines_read"] == sum(len(file.lines) for file in self.files)


def assert_unfinished(begun: Begun) -> None:
    for unended in begun.values():
        assert_text(unended, unfinished=True)


def assert_text(unended: Unended, *, unfinished: bool) -> None:
    assert unended.source["message"] == unended.text
    assert ("clew.violations" in unended.source) is unfinished


class DeletedFiles(LogFileLife):
    """
    Files are deleted too, any of them. Here a runtime ends its lines before it opens the next file:
    of a line with a file missing in its middle nobody can say what is to become of it.
    """

    def open_next_file(self) -> None:
        tags = {line.stream: line.tag for line in self.files[-1].lines if line.stream}
        self.write([(stream, "F", 0, None) for stream, tag in tags.items() if tag != "F"])
        super().open_next_file()

    @precondition(lambda self: self.by_path and not self.lost_ledger)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """A file that nobody writes to any more."""
        path = data.draw(st.sampled_from(sorted(self.by_path)))
        if path in self.rotated:
            self.rotated.remove(path)
        self.unlink(path, self.by_path.pop(path))

    @precondition(lambda self: self.may_rename() and not self.lost_ledger)
    @rule()
    def delete_the_live_file(self) -> None:
        """The runtime does not know, and goes on writing to it."""
        self.unlink(self.log.path, self.files[-1])

    def unlink(self, path: Path, file: Written) -> None:
        path.unlink()
        file.deleted, file.changed_at = True, self.clock.monotonic()
        if not file.held:
            file.may_lose(0)
        if path != self.log.path and file.closed_bytes is not None:
            file.may_lose(file.closed_bytes)
            file.untold = True  # who writes so late to a rotated file has lost its log
        follower = self.sweeper.watch.followers.get(file.generation)
        if follower is None:
            file.untold = file.untold or not file.held
        elif ".log." in follower.file.path:
            # Renamed, seen, renamed back and deleted: to the agent it is a rotated file.
            file.untold = file.untold or follower.file.path != str(path)

    @precondition(lambda self: self.files[-1].deleted)
    @rule()
    def make_the_missing_file(self) -> None:
        """As the kubelet asks the runtime for where the live file is missing."""
        self.open_next_file()


RUNS = settings(max_examples=100, stateful_step_count=50)
TestLogFileLife, TestDeletedFiles = LogFileLife.TestCase, DeletedFiles.TestCase
TestLogFileLife.settings = TestDeletedFiles.settings = RUNS
