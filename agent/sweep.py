"""
Sweeps: out of all followed files the next batch, and what the answer to it means.

Keeps true:
- a file has at most one range on the way, so the lines of a container keep their order;
- the plan of every range is durable before its first send, and stays until the range is stored;
- an acknowledged part, and nothing else, moves a position and the ledger.

A crash leaves plans in the checkpoint; the next start sends them again as they are.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from agent import events
from agent.checkpoint import CheckpointFile, State
from agent.files import FileChangedError
from agent.follower import Follower, Reading
from agent.ledger import Ledger
from agent.packing import build_batch
from agent.tree import Tree
from agent.watch import Watch
from agent.watermark import Watermark
from clew.runtime.clock import Clock
from clew.wire.batch import Answer, Batch, PartAnswer, encode_batch

HELD_FOR_SECONDS = 1.0
"""How long a file rests after its part was held; the others go on meanwhile."""
REFUSED_FOR_SECONDS = 30.0
"""How long after it was refused altogether: somebody has to mend the collector first."""


@dataclass(slots=True)
class Outgoing:
    """A batch that is ready to be sent, and the readings it was made of."""

    body: bytes
    readings: list[Reading]


@dataclass(frozen=True, slots=True)
class SweepLimits:
    batch_bytes: int
    unfinished_after_seconds: float
    deadline_seconds: float


class Sweeper:
    """All methods run in one thread, one after the other."""

    def __init__(
        self, tree: Tree, data: Path, agent: str, limits: SweepLimits, clock: Clock
    ) -> None:
        self._checkpoint = CheckpointFile(data)
        self._agent, self._limits, self._clock = agent, limits, clock
        self._tree = tree
        state, damages = self._checkpoint.load()
        for damage in damages:
            events.checkpoint_damaged(damage)
        self._turn = 0
        self.held_because = ""
        self._take_up(state)

    def _take_up(self, state: State) -> None:
        self._store = state.store
        self.ledger: Ledger = state.ledger
        self.lines_before = state.ledger.lines_read
        self.existing_before = state.ledger.existing
        self.watch = Watch(self._tree, state, self._clock)
        self.watermark = Watermark()
        self._saved_ledger = copy(state.ledger)

    def meet(self, store: str) -> None:
        """
        Learn which store the batches go to, before the first of them.

        If it is another one than the checkpoint is about, nothing is stored there yet: every file
        is read from its beginning, and the books are begun anew.
        """
        if self._store and self._store != store:
            events.store_changed()
            self._take_up(State())
        self._store = store

    def look(self) -> None:
        """See which files there are now."""
        watch = self.watch
        watch.look(self._clock.monotonic())
        if watch.saw_everything:
            self.watermark.looked(watch.looked_at, watch.sizes, watch.unreadable)
        self._advance()

    def collect(self, *, close_at_once: bool = False) -> Outgoing | None:
        """
        The next batch, its plans made durable; None where there is nothing to send.

        `close_at_once` does not wait for the rest of unfinished lines. Raises OSError when the
        checkpoint can't be written; then nothing may be sent.
        """
        readings: list[Reading] = []
        room = self._limits.batch_bytes
        self._turn += 1
        for follower in self.watch.in_order(self._turn):
            if room <= 0:
                break
            reading = self._read(follower, close_at_once=close_at_once)
            if reading is not None:
                readings.append(reading)
                room -= max(reading.range_bytes, reading.content_bytes, 1)
        if readings or self.ledger != self._saved_ledger:
            self.save()
        if not readings:
            self._advance()
            return None
        for reading in readings:
            reading.follower.on_the_way = True
        self._advance()
        return Outgoing(encode_batch(self._batch(readings)), readings)

    def settle(self, outgoing: Outgoing, answer: Answer) -> int:
        """Take in the answer to a batch; how many of its parts have to be sent again."""
        self.give_back(outgoing)
        held = 0
        for reading, part in zip(outgoing.readings, answer.parts, strict=True):
            why = _why_held(reading, part)
            if not why:
                self._count(reading, part)
                reading.follower.stored(reading)
            else:
                held += 1
                self.held_because = why
                reading.follower.not_before = self._clock.monotonic() + HELD_FOR_SECONDS
                events.part_held(reading.follower.file.path, why)
        if not held:
            self.held_because = ""
            events.nothing_held()
        self._advance()
        return held

    def halves(self, outgoing: Outgoing) -> list[Outgoing]:
        """Two batches of a batch's parts, for a collector that does not take them all at once."""
        middle = len(outgoing.readings) // 2
        parts = (outgoing.readings[:middle], outgoing.readings[middle:])
        return [Outgoing(encode_batch(self._batch(readings)), readings) for readings in parts]

    def put_off(self, outgoing: Outgoing) -> None:
        """The batch was refused altogether: its files rest, their plans stand."""
        self.give_back(outgoing)
        for reading in outgoing.readings:
            reading.follower.not_before = self._clock.monotonic() + REFUSED_FOR_SECONDS

    def give_back(self, outgoing: Outgoing) -> None:
        """The batch is not on the way any more; its plans stand."""
        for reading in outgoing.readings:
            reading.follower.on_the_way = False

    def save(self) -> None:
        """Make positions, plans and the ledger durable. Raises OSError."""
        state = self.watch.state()
        state.store = self._store
        self._checkpoint.save(state)
        self._saved_ledger = copy(self.ledger)
        events.checkpoint_written()

    @property
    def idle(self) -> bool:
        """Every line of every file is stored, and of no file the next look must tell more."""
        watch = self.watch
        return watch.looked_at > 0 and not any(map(self._busy, watch.followers.values()))

    def status(self) -> dict[str, Any]:
        """Where the agent stands; `balanced` where it is through and the books are in order."""
        pieces_open = self.watch.pieces_open
        books = self.ledger.balance(pieces_open) == 0
        return {
            "files": len(self.watch.followers),
            "lines_before": self.lines_before,
            "existing_before": self.existing_before,
            "held_because": self.held_because,
            "unread_bytes": self.watch.unread_bytes,
            "unfinished": self.watch.unfinished,
            "pieces_open": pieces_open,
            "unreadable": self.watch.unreadable,
            "balanced": books and self.idle and not self.watch.unreadable,
            **msgspec.to_builtins(self.ledger),
        }

    def _advance(self) -> None:
        busy = any(follower.on_the_way for follower in self.watch.followers.values())
        self.watermark.advance(self.watch.waits, self.watch.hidden_by, busy=busy)
        events.delivered_up_to(self.watermark.time)

    def _busy(self, follower: Follower) -> bool:
        waits = follower.plan is not None or follower.waits(follower.size)
        waits |= follower.missed_looks > 0
        # Nobody waits for what is under a path that can't be read.
        return waits and not self.watch.hidden(follower.file.path)

    def _batch(self, readings: list[Reading]) -> Batch:
        return build_batch(readings, self._agent, self._limits.deadline_seconds)

    def _read(self, follower: Follower, *, close_at_once: bool) -> Reading | None:
        now = self._clock.monotonic()
        if follower.on_the_way or follower.not_before > now:
            return None
        nothing_new = not follower.plan and not follower.unread_bytes
        if nothing_new and not follower.position.open:
            return None
        quiet = now - follower.grown_at >= self._limits.unfinished_after_seconds
        try:
            return follower.read(close=close_at_once or quiet)
        except FileChangedError:
            self.watch.forget_name(follower.file.path)
        except FileNotFoundError:
            pass  # renamed since the last look, or gone: the next look tells
        except OSError as error:
            self.watch.cannot_read(follower.file.path, error.strerror or str(error))
        return None

    def _count(self, reading: Reading, part: PartAnswer) -> None:
        ledger = self.ledger
        joined = sum(line.pieces for line in reading.lines) - len(reading.lines)
        ledger.bytes_read += reading.range_bytes
        ledger.lines_read += reading.physical_lines
        ledger.pieces_joined += joined
        ledger.indexed += part.indexed
        ledger.quarantined += part.quarantined
        ledger.existing += part.existing
        events.part_stored(reading.physical_lines, reading.range_bytes, part)


def _why_held(reading: Reading, part: PartAnswer) -> str:
    """Why a part is not stored for good; empty where it is."""
    if part.error or part.acknowledged != reading.after.offset:
        return part.error or "it was not acknowledged to its end"
    if part.indexed + part.quarantined != len(reading.lines):
        return "the collector counted other lines than were sent"
    return ""
