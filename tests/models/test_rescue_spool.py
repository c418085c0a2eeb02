"""
The rescue spool against a dict of what was copied: crashes, torn writes, flipped bits, a full disk.

Hypothesis copies files that have no name, lets checkpoints pass them, and damages what is on the
disk. What is read is what was copied, or nothing; what nobody touched is all there.
"""

from __future__ import annotations

import resource
import signal
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.files import OpenedLog
from agent.framing.joining import Position
from agent.rescue.segment import Header
from agent.rescue.spool import RescueSpool
from agent.sources.log_file import LogFile
from clew.schema.document import generation
from clew.wire.batch import Container

LIMIT_BYTES = 20_000
FIRST_LINE = b"2023-01-29T13:46:40Z stdout F first"


class RescueSpoolLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.logs: dict[str, tuple[Header, OpenedLog, Path]] = {}
        self.contents: dict[str, bytes] = {}
        """All that was written, by generation."""
        self.copied: dict[str, tuple[int, int]] = {}
        """Of what is on the disk, from where on up to where."""
        self.damaged: set[str] = set()
        self.told = 0
        self.start_again()

    @rule()
    def start_again(self) -> None:
        self.spool = RescueSpool(self.path / "rescue", LIMIT_BYTES)
        self.spool.dropped = self.drop
        self.spool.damaged = lambda _: None
        self.spool.load()
        self.told += len(self.spool.lost)

    def drop(self, name: str) -> None:
        assert min(self.copied, key=lambda each: self.begun[each]) == name
        del self.copied[name]
        self.damaged.discard(name)

    @property
    def begun(self) -> dict[str, int]:
        generations = self.spool.generations
        numbers = {name: [s.number for s in each.segments] for name, each in generations.items()}
        older = dict.fromkeys(self.copied, 0)  # dropped a moment ago
        return older | {name: min(each) for name, each in numbers.items() if each}

    @rule(number=st.integers(0, 4), size=st.integers(1, 4000))
    def write(self, number: int, size: int) -> None:
        name = self.log(number)
        data = bytes([len(self.contents[name]) % 251]) * size
        with self.logs[name][2].open("ab") as file:
            file.write(data)
        self.contents[name] += data

    def log(self, number: int) -> str:
        container = Container("shop", f"cart-{number}", "0c1", "cart", 0, "here", "cart")
        path = self.path / f"{number}.log"
        file = LogFile(str(path), container, compressed=False, root=str(self.path))
        name = generation(file.container_key, FIRST_LINE)
        if name not in self.logs:
            path.write_bytes(FIRST_LINE + b"\n")
            header = Header(name, file, FIRST_LINE, Position(0))
            self.logs[name] = (header, OpenedLog(file, name), path)
            self.contents[name] = FIRST_LINE + b"\n"
        return name

    @precondition(lambda self: self.logs)
    @rule(data=st.data(), room=st.none() | st.integers(0, 6000))
    def copy(self, data: st.DataObject, room: int | None) -> None:
        """`room`: the disk is full when a file has so many bytes."""
        name = data.draw(st.sampled_from(sorted(self.logs)))
        header, opened, _ = self.logs[name]
        begin, end = self.copied.get(name, (0, 0))
        size = len(self.contents[name])
        before = set(self.copied)
        self.copied.setdefault(name, (begin, end))
        try:
            with full_disk(room):
                self.spool.copy(header, opened, end, size)
        except OSError:
            if name not in before:
                self.copied.pop(name, None)
            return
        self.copied[name] = (begin, size)

    @precondition(lambda self: self.copied)
    @rule(data=st.data(), share=st.floats(0, 1))
    def checkpoint(self, data: st.DataObject, share: float) -> None:
        """It knows all but one, and has passed a share of what is copied."""
        forgotten = data.draw(st.none() | st.sampled_from(sorted(self.copied)))
        stored = {name: int(end * share) for name, (_, end) in self.copied.items()}
        if forgotten:
            del stored[forgotten], self.copied[forgotten]
            self.damaged.discard(forgotten)
        self.spool.release(stored)
        for name, offset in stored.items():
            begin, end = self.copied[name]
            self.copied[name] = (max(begin, offset), end)

    @rule(data=st.data())
    def crash_in_the_middle_of_a_copy(self, data: st.DataObject) -> None:
        """Half a frame stands at the end of a segment."""
        for segment in sorted((self.path / "rescue").glob("*.rescue"))[-1:]:
            tail = b"\xf5clw\xff\x00\x00\x00" + b"x" * data.draw(st.integers(5, 60))
            with segment.open("ab") as file:
                file.write(tail)
        self.start_again()

    @rule(data=st.data(), bit=st.integers(0, 7))
    def damage(self, data: st.DataObject, bit: int) -> None:
        segments = sorted((self.path / "rescue").glob("*.rescue"))
        if not segments:
            return
        segment = data.draw(st.sampled_from(segments))
        content = bytearray(segment.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << bit
        segment.write_bytes(content)
        self.damaged.add(segment.stem.partition("-")[2])

    @invariant()
    def is_bounded(self) -> None:
        segments = (self.path / "rescue").glob("*.rescue")
        tails = 80 * 20  # of crashes, until they are written over
        assert sum(segment.stat().st_size for segment in segments) <= LIMIT_BYTES + tails

    @invariant()
    def what_is_read_is_what_was_copied(self) -> None:
        for name, (begin, end) in self.copied.items():
            rescued = self.spool.generations.get(name)
            content = rescued.read(begin, end - begin) if rescued else b""
            assert self.contents[name][begin:].startswith(content)
            if name not in self.damaged:
                assert begin + len(content) == end

    def teardown(self) -> None:
        for _, opened, _ in self.logs.values():
            opened.close()
        self.folder.cleanup()


class full_disk:  # noqa: N801 - reads as a function
    """No file grows beyond so many bytes meanwhile."""

    def __init__(self, room: int | None) -> None:
        self._room = room

    def __enter__(self) -> None:
        self._signal = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        if self._room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._room, self._limits[1]))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)
        signal.signal(signal.SIGXFSZ, self._signal)


TestRescueSpoolLife = RescueSpoolLife.TestCase
TestRescueSpoolLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
