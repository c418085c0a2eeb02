"""
The life of a plain log against a model of it: every line is read once, whatever happens to it.

Hypothesis plays application, logrotate and agent in any order. The agent reads each generation from
where it was, and keeps positions and book together, as a checkpoint does; a crash loses what was
not kept, and what is read again then has the same name. Lines differ, but for a file that is
deleted and written again with the same ones. That, like a copy of a file that is emptied, is seen
before it may be compressed: else it is taken for another file, and its lines are stored twice. What
is truncated without a copy was read before, or nobody could.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections import Counter
from pathlib import Path

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from agent.identity.book import Book
from agent.identity.identities import Identities
from agent.sources.files import Files, Group
from agent.sources.log_file import LogFile
from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import SECOND
from tests.support.rotation import compress, rotate
from tests.support.set_clock import SetClock

Place = tuple[str, int]


class Kept(msgspec.Struct):
    book: Book = msgspec.field(default_factory=Book)
    positions: dict[str, int] = {}


class PlainFileLife(RuleBasedStateMachine):
    truncates = True

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.live = Path(self.folder.name, "app.log")
        self.clock = SetClock(SYSTEM_CLOCK.now() + 3600 * SECOND)
        self.written: Counter[str] = Counter()
        self.read: dict[Place, str] = {}
        self.lines = 0
        self.copied_unseen = False
        self.kept = b""
        self.keep(Kept())
        self.start_agent()

    # The application. It writes whole lines, and opens the file for each.

    @initialize()
    def begin(self) -> None:
        self.write([5])

    @rule(sizes=st.lists(st.sampled_from([0, 3, 250, 1100]), min_size=1, max_size=3))
    def write(self, sizes: list[int]) -> None:
        for size in sizes:
            self.lines += 1
            self.append([f"{'x' * size} {self.lines}"])

    def append(self, lines: list[str]) -> None:
        with self.live.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)
        self.written.update(lines)
        self.pass_time()

    def pass_time(self) -> None:
        """Until a file that is made now has another date than all before it."""
        probe = Path(self.folder.name, "probe")
        before = max(path.stat().st_ctime_ns for path in Path(self.folder.name).iterdir())
        while True:
            probe.touch()
            os.utime(probe)
            if probe.stat().st_ctime_ns > before:
                return

    # logrotate.

    @rule()
    def rename(self) -> None:
        if self.live.exists():
            rotate(self.live)
            self.pass_time()

    @precondition(lambda self: self.truncates)
    @rule(lines=st.integers(0, 2))
    def copy_and_truncate(self, lines: int) -> None:
        """What was written since the last look is in the copy only."""
        if self.live.exists():
            rotate(self.live, copytruncate=True)
            self.write([3] * lines)
            self.copied_unseen = True

    @precondition(lambda self: self.truncates)
    @rule(lines=st.integers(0, 2))
    def truncate(self, lines: int) -> None:
        self.follow()
        if self.live.exists():
            self.live.write_bytes(b"")
            self.write([3] * lines)

    @precondition(lambda self: not self.copied_unseen)
    @rule(number=st.integers(1, 3))
    def compress(self, number: int) -> None:
        rotated = self.live.with_name(f"app.log.{number}")
        if rotated.exists():
            compress(rotated)

    @rule(same=st.booleans(), more=st.integers(0, 1))
    def delete_and_write_anew(self, same: bool, more: int) -> None:
        """The new file often has the inode of the old one; its lines may be the same, and more."""
        self.follow()
        if self.live.exists():
            lines = self.live.read_text().splitlines() if same else []
            self.live.unlink()
            self.append(lines)
            self.write([3] * more)
            self.copied_unseen = bool(lines)

    # The agent.

    def start_agent(self) -> None:
        kept = msgspec.json.decode(self.kept, type=Kept)
        self.identities = Identities(kept.book, self.clock)
        self.positions = kept.positions
        self.source = Files([Group([f"{self.folder.name}/*.log"])], "here")

    def keep(self, kept: Kept) -> None:
        self.kept = msgspec.json.encode(kept)

    @rule()
    def follow(self) -> None:
        self.look(stores=True)

    @rule()
    def follow_and_crash(self) -> None:
        """What was sent is read again, under the same name: the name was kept before."""
        self.look(stores=False)
        self.start_agent()

    @rule()
    def crash(self) -> None:
        self.start_agent()

    def look(self, *, stores: bool) -> None:
        self.clock.advance(1)
        self.copied_unseen = False
        files = list(self.source.files())
        self.identities.begin(files)
        found: dict[str, tuple[LogFile, int]] = {}
        for file in files:
            sighting = self.identities.look_at(file)
            if sighting and sighting.size > found.get(sighting.generation, (file, -1))[1]:
                found[sighting.generation] = (file, sighting.size)
        self.identities.end(found.keys())
        self.keep(Kept(self.identities.book, self.positions))
        for name, (file, _) in found.items():
            self.read_on(name, file)
        if stores:
            self.keep(Kept(self.identities.book, self.positions))

    def read_on(self, name: str, file: LogFile) -> None:
        position = self.positions.get(name, 0)
        content = Path(file.path).read_bytes()
        content = gzip.decompress(content) if file.compressed else content
        for line in content[position:].splitlines(keepends=True):
            text = line.decode().rstrip("\n")
            assert self.read.setdefault((name, position), text) == text
            position += len(line)
        self.positions[name] = position

    def teardown(self) -> None:
        try:
            self.follow()
            self.follow()
            assert Counter(self.read.values()) == self.written
        finally:
            self.folder.cleanup()


class PlainFileLifeWithoutTruncation(PlainFileLife):
    truncates = False


TestPlainFileLife = PlainFileLife.TestCase
TestPlainFileLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestPlainFileLifeWithoutTruncation = PlainFileLifeWithoutTruncation.TestCase
TestPlainFileLifeWithoutTruncation.settings = TestPlainFileLife.settings
