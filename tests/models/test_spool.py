"""
The spool against a model of it: a list of what was appended, whatever happens to the disk.

Hypothesis appends, reads and acknowledges in any order, with kill -9, cut and damaged files, a lost
position and a disk that is full at times. What comes out is what went in, in order; what does not
is told.
"""

from __future__ import annotations

import resource
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.spool.frames import HEAD_BYTES, Frame, decode_frames, encode_frame
from agent.spool.spool import Entry, Spool, SpoolLoss

LIMIT_BYTES = 64 * 60
"""Segments of 60 bytes: most hold a few frames, some one that is larger than that."""
SIZES = st.integers(0, 30) | st.integers(31, 400)


class SpoolLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "spool")
        self.number = 0
        self.waiting: list[bytes] = []
        """Appended and neither acknowledged nor, as far as we were told, lost."""
        self.lost: Counter[SpoolLoss] = Counter()
        self.damaged: set[bytes] = set()
        """What cuts and flipped bits hit: it may be missing."""
        self.hit = False
        self.taken: list[Entry] = []
        self.again = False
        """What was acknowledged may come again: the position is gone."""
        self.open()

    def open(self) -> None:
        self.spool = Spool(self.path, LIMIT_BYTES, self.note_loss)
        self.taken = []

    def start_again(self) -> None:
        self.spool.close()  # which writes nothing: all that matters is written already
        self.open()

    def note_loss(self, loss: SpoolLoss, frames: int, size_bytes: int) -> None:
        assert size_bytes > 0
        self.lost[loss] += frames
        if loss is SpoolLoss.FULL and not (self.again or self.hit):
            del self.waiting[:frames]

    @rule(size=SIZES)
    def append(self, size: int) -> None:
        payload = self.next_payload(size)
        self.spool.append(1, payload)
        self.waiting.append(payload)

    @rule(size=SIZES, room=st.integers(0, 450))
    def append_to_a_full_disk(self, size: int, room: int) -> None:
        """No file grows beyond `room`: what was not appended whole leaves nothing behind."""
        payload = self.next_payload(size)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            self.spool.append(1, payload)
        except OSError:
            return
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        self.waiting.append(payload)

    def next_payload(self, size: int) -> bytes:
        self.number += 1
        return b"%d " % self.number + b"x" * size

    @rule(limit=st.integers(0, 500))
    def read(self, limit: int) -> None:
        """The oldest first, at least one where there is one, and no more than was asked for."""
        self.taken = self.spool.read(limit)
        payloads = [entry.payload for entry in self.taken]
        assert len(self.taken) <= 1 or sum(len(p) + HEAD_BYTES for p in payloads) <= limit
        if not self.hit and not self.again:
            assert bool(payloads) is bool(self.waiting)
            assert payloads == self.waiting[: len(payloads)]

    @precondition(lambda self: self.taken)
    @rule(share=st.floats(0, 1))
    def acknowledge(self, share: float) -> None:
        entry = self.taken[int(share * (len(self.taken) - 1))]
        self.spool.acknowledge(entry.place)
        if entry.payload in self.waiting:
            del self.waiting[: self.waiting.index(entry.payload) + 1]
        del self.taken[: self.taken.index(entry) + 1]

    @rule(size=SIZES, written=st.floats(0, 1))
    def kill(self, size: int, written: float) -> None:
        """In the middle of an append: some of its bytes are there, and it never returned."""
        growing = self.spool._segments.growing
        frame = encode_frame(1, self.next_payload(size))
        if growing is not None:
            with self.spool._segments.path(growing).open("ab") as file:
                file.write(frame[: int(written * (len(frame) - 1))])
        self.start_again()

    @rule(share=st.floats(0, 1))
    def cut(self, share: float) -> None:
        """The newest segment, at any byte, while no agent runs: what is left of it is read."""
        segments = sorted(self.path.glob("*.segment"))
        if segments:
            content = segments[-1].read_bytes()
            left = int(share * len(content))
            segments[-1].write_bytes(content[:left])
            self.damaged |= {f.payload for f in frames_in(content) if f.end > left}
            self.hit = True
        self.start_again()

    @rule(which=st.floats(0, 1), where=st.floats(0, 1), bit=st.integers(0, 7))
    def damage(self, which: float, where: float, bit: int) -> None:
        """One bit of any segment."""
        segments = [each for each in sorted(self.path.glob("*.segment")) if each.stat().st_size]
        if segments:
            segment = segments[int(which * (len(segments) - 1))]
            content = bytearray(segment.read_bytes())
            place = int(where * (len(content) - 1))
            hit = {f.payload for f in frames_in(bytes(content)) if f.start <= place < f.end}
            self.damaged |= hit
            self.hit = True
            content[place] ^= 1 << bit
            segment.write_bytes(content)

    @rule(content=st.sampled_from([b"", b"clew-spool 1 ", b"\0" * 60]), gone=st.booleans())
    def lose_the_position(self, content: bytes, gone: bool) -> None:
        position = self.path / "position"
        if position.exists():
            position.unlink() if gone else position.write_bytes(content)
            self.again = True
        self.start_again()

    @invariant()
    def is_bounded(self) -> None:
        segments = self.path.glob("*.segment")
        assert sum(segment.stat().st_size for segment in segments) <= LIMIT_BYTES

    @invariant()
    def nothing_is_said_to_be_lost_that_is_not(self) -> None:
        assert self.hit or self.lost[SpoolLoss.DAMAGED] == 0

    def teardown(self) -> None:
        try:
            self.drain()
        finally:
            self.spool.close()
            self.folder.cleanup()

    def drain(self) -> None:
        """All that waits comes out, once, in its order, but for what damages have cost."""
        found: list[bytes] = []
        while entries := self.spool.read(1000):
            found += [entry.payload for entry in entries]
            self.spool.acknowledge(entries[-1].place)
        order = [int(payload.split()[0]) for payload in found]
        assert order == sorted(set(order))
        assert all(payload.partition(b" ")[2].strip(b"x") == b"" for payload in found)
        missing = set(self.waiting) - set(found) - self.damaged
        # Of what is missing for no damage, all was dropped: it is older than all that is left.
        assert len(missing) <= self.lost[SpoolLoss.FULL]
        assert not missing or not order or max(int(p.split()[0]) for p in missing) < order[0]
        if not self.hit and not self.again:
            assert found == self.waiting


def frames_in(content: bytes) -> list[Frame]:
    return [found for found in decode_frames(content) if isinstance(found, Frame)]


TestSpoolLife = SpoolLife.TestCase
TestSpoolLife.settings = settings(max_examples=150, stateful_step_count=40)
