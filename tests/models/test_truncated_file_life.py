"""
The life of a log that is cut off while it is followed, against a model of it.

Somebody empties the live file in place, cuts it down to a line or within one, or writes it anew,
with its old first line or another; the runtime goes on writing behind what is left. Hypothesis
plays this between the steps of kubelet, agent and collector, with crashes and answers that never
arrive.

At the end every line is stored once, but for those that were cut off before they were read. Of
these, what the agent had seen is a gap that has their bytes; nothing is stored twice, or for a line
that was never written.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

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
from agent.rescue.keeping import LOOKS_BEFORE_GONE, QUIET_SECONDS
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper, SweepLimits
from clew.schema.document import generation
from clew.wire.batch import decode_batch
from tests.support.log_files import LogWriter, cri_line, docker_line
from tests.support.memory_collector import BATCH_BYTES, MemoryCollector, send, send_everything
from tests.support.set_clock import SetClock

CONTAINER = "shop_cart-0_0c1/cart/0"
LIMITS = SweepLimits(500, 1000.0, 30.0, group_seconds=0.0)
SENDERS = 2
MOMENT_SECONDS = 0.001
FATES = ("arrives", "arrives", "is lost", "holds")
_NUMBER = re.compile(rb"<(\d+)>")

LINES = st.lists(
    st.tuples(st.sampled_from([0, 0, 3, 200]), st.sampled_from("FFFP")), min_size=1, max_size=3
)
"""Size and tag. Many lines are of one length, so that a file is soon as long as it was before."""


@dataclass(slots=True)
class Line:
    """A line as it stands in a file; its number stands at its end."""

    number: int
    start: int
    data: bytes

    @property
    def end(self) -> int:
        return self.start + len(self.data)


@dataclass(slots=True)
class Written:
    """One file, and the lines in it that are whole."""

    path: Path
    lines: list[Line] = field(default_factory=list)
    first_line: bytes = b""
    """With what was left before it of a line that was cut in two."""
    left: bytes = b""
    size: int = 0

    @property
    def generation(self) -> str:
        return generation(CONTAINER, self.first_line)


@dataclass(slots=True)
class Lost:
    """A line that was cut off unread, at the offsets that the agent gives it."""

    number: int
    file: Written
    generation: str
    start: int
    end: int
    cut_read: bool
    """Whether lines were cut off with it that had been read."""
    looks: int = 0
    """Since its file has another first line, or none."""


def numbers_in(content: bytes | bytearray) -> set[int]:
    return set(map(int, _NUMBER.findall(content)))


class TruncatedFileLife(RuleBasedStateMachine):
    pieces = True

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.pods, self.data = Path(self.folder.name, "pods"), Path(self.folder.name, "data")
        self.data.mkdir()
        self.log = LogWriter(self.pods)
        self.live = Written(self.log.path)
        self.rotated: list[Written] = []
        self.numbers = self.lost_bytes = 0
        self.ended: dict[int, int] = {}
        self.may_be_lost: set[int] = set()
        self.may_repeat: set[int] = set()
        self.read: set[int] = set()
        """What is in the outbox, or was."""
        self.seen: dict[int, tuple[str, int, int]] = {}
        """What the last look saw: generation, first and last offset."""
        self.unseen: list[Lost] = []
        """Cut off since then."""
        self.told: list[Lost] = []
        """What the look behind it has to have told."""
        self.clock, self.collector = SetClock(), MemoryCollector()
        self.start_agent()

    # The runtime. It appends, whatever has become of its file.

    @initialize(lines=LINES)
    def begin(self, lines: list[tuple[int, str]]) -> None:
        self.write(lines)

    @rule(lines=LINES)
    def write(self, lines: list[tuple[int, str]]) -> None:
        for size, tag in lines:
            self.numbers += 1
            text = f"{'x' * size}<{self.numbers}>"
            self.append(self.numbers, self.framed(text, tag))

    def framed(self, text: str, tag: str) -> bytes:
        return cri_line(self.log.time, "stdout", tag, text.encode())

    def append(self, number: int, data: bytes) -> None:
        self.clock.advance(MOMENT_SECONDS)
        file = self.live
        start = self.log.append(data)
        assert start == file.size
        if not file.first_line:
            file.first_line = (file.left + data)[:-1]
        file.lines.append(Line(number, start, data))
        file.size = start + len(data)
        self.ended[number] = self.clock.now()

    # The kubelet.

    @precondition(lambda self: self.live.first_line)
    @rule()
    def rotate(self) -> None:
        self.live.path = self.log.rotate()
        self.rotated.append(self.live)
        self.live = Written(self.log.path)

    @precondition(lambda self: any(each.path.suffix != ".gz" for each in self.rotated))
    @rule()
    def compress(self) -> None:
        file = next(each for each in self.rotated if each.path.suffix != ".gz")
        file.path = self.log.compress(file.path)

    # Whoever needs room on the disk, or does not know better.

    @rule()
    def empty(self) -> None:
        self.cut_off(0)

    @precondition(lambda self: self.live.lines)
    @rule(data=st.data())
    def cut_off_lines(self, data: st.DataObject) -> None:
        self.cut_off(data.draw(st.sampled_from(self.live.lines)).start)

    @precondition(lambda self: self.live.lines)
    @rule(data=st.data())
    def cut_a_line(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.live.lines))
        self.cut_off(line.start + data.draw(st.integers(1, len(line.data) - 1)))

    @precondition(lambda self: self.live.lines)
    @rule(same=st.booleans(), lines=LINES)
    def write_anew(self, same: bool, lines: list[tuple[int, str]]) -> None:
        first = self.live.lines[0]
        same = same and first.start == 0
        self.cut_off(first.end if same else 0)
        if same:
            self.log.truncate()
            self.log.append(first.data)
        self.write(lines)

    def cut_off(self, size: int) -> None:
        file = self.live
        gone = [line for line in file.lines if line.end > size]
        read = [line for line in file.lines if line.number in self.read]
        cut_read = any(line in gone for line in read)
        for line in gone:
            if line not in read:
                self.may_be_lost.add(line.number)
                if line.number in self.seen and line.start >= size:
                    self.unseen.append(Lost(line.number, file, *self.seen[line.number], cut_read))
        for lost in self.unseen:
            lost.cut_read = lost.cut_read or (lost.file is file and cut_read)
        self.log.truncate(size)
        content = file.path.read_bytes()
        file.left = content[content.rfind(b"\n") + 1 :]
        if self.reads_what_is_left(content):
            self.may_repeat |= numbers_in(file.left) & self.read
        file.lines = [line for line in file.lines if line not in gone]
        before, file.size = file.size, size
        left_bytes = size if b"\n" in content else 0  # without a line it is another file
        self.lost_bytes += before - max(left_bytes, *(line.end for line in read), 0)
        if not left_bytes:
            file.first_line = b""

    def reads_what_is_left(self, content: bytes) -> bool:
        """Of a line that was cut in two and had been read, with what is written behind it."""
        return b"\n" not in content

    # The agent.

    def start_agent(self) -> None:
        self.on_the_way: list[Outgoing] = []
        source = Kubernetes([self.pods], "here")
        self.sweeper = Sweeper(source, self.data, "here", LIMITS, self.clock)
        self.seen = {number: seen for number, seen in self.seen.items() if self.is_known(*seen)}
        told, self.told = self.told, [lost for lost in self.told if self.is_told(lost)]
        self.unseen = [
            lost
            for lost in (*self.unseen, *told)
            if self.is_known(lost.generation, lost.start, lost.end)
        ]

    def is_told(self, lost: Lost) -> bool:
        gaps = self.sweeper.ledger.gaps
        return any(gap.start <= lost.start and lost.end <= gap.end for gap in gaps)

    def is_known(self, generation: str, _: int, end: int) -> bool:
        """What no checkpoint says, nobody can tell after a crash."""
        follower = self.sweeper.watch.followers.get(generation)
        return follower is not None and follower.size >= end

    def look(self) -> None:
        unseen, self.unseen = self.unseen, []
        for lost in unseen:
            follower = self.sweeper.watch.followers.get(lost.generation)
            gone = lost.file.generation != lost.generation
            lost.looks += gone
            if gone and lost.looks < LOOKS_BEFORE_GONE:
                self.unseen.append(lost)
            elif gone or lost.cut_read:
                self.told.append(lost)
            elif follower is not None:
                shift = follower.head.cut_bytes
                # What it has grown by since stands in the place of what was cut off.
                if lost.start >= max(lost.file.size + shift, follower.read_or_ahead):
                    self.told.append(lost)
        self.sweeper.look()
        self.seen = {}
        for file in (*self.rotated, self.live):
            follower = self.sweeper.watch.followers.get(file.generation)
            if follower is not None and not follower.cut:
                shift = follower.head.cut_bytes
                for line in file.lines:
                    place = line.start + shift, line.end + shift
                    self.seen[line.number] = (file.generation, *place)

    def next_batch(self, *, close_at_once: bool = False) -> Outgoing | None:
        outgoing = self.sweeper.collect(close_at_once=close_at_once)
        if outgoing is not None:
            batch = decode_batch(self.sweeper.body(outgoing), BATCH_BYTES)
            self.note_read(*(part.records for part in batch.parts))
        for follower in self.sweeper.watch.followers.values():
            self.note_read(*(line.content for line in follower.head.open.values()))
        self.unseen = [lost for lost in self.unseen if not self.is_written_over(lost)]
        return outgoing

    def is_written_over(self, lost: Lost) -> bool:
        """Whether what stood in its place by then was read: nobody can tell that it was there."""
        follower = self.sweeper.watch.followers.get(lost.generation)
        return follower is not None and follower.read_or_ahead > lost.start

    def note_read(self, *contents: bytes | bytearray) -> None:
        self.read.update(*map(numbers_in, contents))

    @rule()
    def follow(self) -> None:
        self.look()
        while (outgoing := self.next_batch()) is not None:
            send(self.sweeper, outgoing, self.collector)

    @rule()
    def only_look(self) -> None:
        self.look()

    @precondition(lambda self: len(self.on_the_way) < SENDERS)
    @rule(looks=st.booleans())
    def collect(self, looks: bool) -> None:
        if looks:
            self.look()
        outgoing = self.next_batch()
        if outgoing is not None:
            self.on_the_way.append(outgoing)

    @rule()
    def crash(self) -> None:
        """What happens to the file before the next look happened while no agent ran."""
        self.start_agent()

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
        send(self.sweeper, outgoing, self.collector)
        self.collector.held = set()

    @rule()
    def rest(self) -> None:
        self.clock.advance(HELD_FOR_SECONDS)

    # What must be so at any moment.

    @invariant()
    def the_books_of_the_container_balance(self) -> None:
        for balance in self.sweeper.watch.balances():
            assert (balance.bytes_missing, balance.lines_missing) == (0, 0), str(balance)

    # The end.

    def teardown(self) -> None:
        try:
            self.come_to_rest()
            self.check_lines()
            self.check_gaps()
        finally:
            self.log.close()
            self.folder.cleanup()

    def come_to_rest(self) -> None:
        self.write([(0, "F")])  # ends what was left of a line that was cut in two
        for outgoing in self.on_the_way:
            self.sweeper.give_back(outgoing)
        self.clock.advance(HELD_FOR_SECONDS)
        for _ in range(LOOKS_BEFORE_GONE):
            self.look()
        for _ in range(4):
            send_everything(self.sweeper, self.collector, close_at_once=True)
        self.clock.advance(QUIET_SECONDS)
        for _ in range(3):
            send_everything(self.sweeper, self.collector, close_at_once=True)

    def check_lines(self) -> None:
        texts = self.collector.texts()
        stored = Counter(int(number) for text in texts for number in _NUMBER.findall(text.encode()))
        repeated = {number for number, count in stored.items() if count > 1}
        assert repeated <= self.may_repeat, (repeated, texts)
        missing = set(range(1, self.numbers + 1)) - stored.keys()
        assert missing <= self.may_be_lost, (missing, texts)
        self.missing = missing

    def check_gaps(self) -> None:
        status = self.sweeper.status()
        for lost in self.told:
            if lost.number in self.missing:
                assert self.is_told(lost), (lost, status["gaps"])
        assert status["gap_bytes"] <= self.lost_bytes
        assert status["balanced"], status
        assert status["indexed"] + status["quarantined"] == len(self.collector.documents)


class DockerFileLife(TruncatedFileLife):
    """The same where the time of a line stands at its end."""

    def framed(self, text: str, tag: str) -> bytes:
        return docker_line(self.log.time, "stdout", text + "\n")

    def reads_what_is_left(self, content: bytes) -> bool:
        return True


TestTruncatedFileLife = TruncatedFileLife.TestCase
TestTruncatedFileLife.settings = settings(max_examples=100, stateful_step_count=40)
TestDockerFileLife = DockerFileLife.TestCase
TestDockerFileLife.settings = settings(max_examples=60, stateful_step_count=40)
