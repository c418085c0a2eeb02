"""
The outbox: batches on their way, from before their first send until all positions have passed them.

       put                  settled             released
    ----------> in flight ----------> answered ----------> its slot is free
                  ^   |                 (positions passed, and a checkpoint says so)
                  '---' sent again as it is: the same bytes, also by another process

Keeps true: what was once sent for a range is what is sent for it ever after. So nothing is decided
twice: where lines begin and end, what was shed, redacted, quarantined or joined. Otherwise one ID
could name two documents, of which the second would be lost. A batch stays whole on the disk, though
only some of its parts may still have to be sent: the others are stored, but no checkpoint knows.

A crash leaves the batches; the next start sends again those that the checkpoint does not call
passed. A damaged slot is taken for one that was never sent, and after a damaged checkpoint all are:
then their ranges are read again. So are those of a slot that is damaged while the agent runs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from agent.outbox.slots import Slots
from agent.ranges import Range
from clew.runtime.errors import CorruptionError
from clew.wire.batch import decode_batch, encode_batch
from clew.wire.envelope import WireError

BODY_BYTES = 256 * 1024 * 1024
"""What one of our own batches may unpack to: far more than any has."""


@dataclass(slots=True, eq=False)
class Kept:
    """
    A batch in its slot; its ranges are those of its parts.

    `unanswered` are the places of parts that are still to be sent, whatever became of their ranges:
    as long as there are any, the slot has to stand as it is.
    """

    number: int
    ranges: list[Range]
    slot: int
    body_bytes: int
    unanswered: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.unanswered = set(range(len(self.ranges)))

    @property
    def passed(self) -> bool:
        return not self.unanswered and all(part.passed for part in self.ranges)


@dataclass(slots=True, eq=False)
class Outgoing:
    """
    What is sent of a batch: the parts at these places.

    `not_before` is when it may be sent, in seconds of the monotonic clock; `rests` how often it had
    to wait because it was not taken.
    """

    kept: Kept
    places: list[int]
    not_before: float = 0.0
    rests: int = 0
    body: bytes | None = field(default=None, repr=False)

    @property
    def ranges(self) -> list[Range]:
        """Those of the parts that are sent, in their order."""
        return [self.kept.ranges[place] for place in self.places]


class Outbox:
    """The batches in a folder that no other process uses. All methods run in one thread."""

    def __init__(self, folder: Path) -> None:
        self._slots = Slots(folder)
        self._kept: dict[int, Kept] = {}
        self.next_number = 0

    @property
    def waiting_bytes(self) -> int:
        """What the batches take on the disk that are not passed yet."""
        return sum(each.body_bytes for each in self._kept.values())

    @property
    def open_numbers(self) -> list[int]:
        return list(self._kept)

    def holds(self, generation: str) -> bool:
        """Whether the next process would meet a part of a file, stored or not."""
        return any(
            part.generation == generation for kept in self._kept.values() for part in kept.ranges
        )

    def load(self, next_number: int, open_numbers: Collection[int]) -> list[Outgoing]:
        """
        The batches that a checkpoint with these numbers does not call passed, in their order.

        Raises OSError where the folder can't be read.
        """
        still_open, highest = set(open_numbers), next_number - 1
        for stored in self._slots.load():
            highest = max(highest, stored.number)
            if stored.number < next_number and stored.number not in still_open:
                self._slots.free(stored.slot)
                continue
            try:
                ranges = _decode(stored.head)
            except msgspec.MsgspecError as error:  # of another version
                why = CorruptionError(f"slot {stored.slot} of the outbox", 0, str(error))
                self._slots.set_aside(stored.slot, why)
                self._slots.free(stored.slot)
                continue
            kept = Kept(stored.number, ranges, stored.slot, stored.body_bytes)
            self._kept[stored.number] = kept
        self.next_number = highest + 1
        self._kept = dict(sorted(self._kept.items()))
        return [Outgoing(kept, list(range(len(kept.ranges)))) for kept in self._kept.values()]

    def put(self, ranges: list[Range], body: bytes) -> Outgoing:
        """A batch that is durable from now on. Raises OSError."""
        number = self.next_number
        slot = self._slots.write(number, _encode(ranges), body)
        self.next_number += 1
        kept = self._kept[number] = Kept(number, ranges, slot, len(body))
        return Outgoing(kept, list(range(len(ranges))), body=body)

    def body(self, outgoing: Outgoing) -> bytes:
        """
        What is sent. Raises OSError, and CorruptionError where it can't be had any more: its slot
        is set aside then.
        """
        if outgoing.body is not None:
            return outgoing.body
        kept = outgoing.kept
        try:
            body = self._slots.read_body(kept.slot, kept.number)
            if len(outgoing.places) < len(kept.ranges):
                body = _with_parts(body, outgoing.places)
        except CorruptionError as error:
            self._slots.set_aside(kept.slot, error)
            raise
        return body

    def passed(self) -> list[Kept]:
        """
        The batches that all positions have passed, and the next checkpoint may leave out.

        Once it is written they are to be released.
        """
        return [kept for kept in self._kept.values() if kept.passed]

    def release(self, passed: list[Kept]) -> None:
        """A checkpoint without these batches is on the disk."""
        for kept in passed:
            del self._kept[kept.number]
            self._slots.free(kept.slot)

    def clear(self) -> None:
        """No batch is sent any more."""
        self.release(list(self._kept.values()))


def _with_parts(body: bytes, places: list[int]) -> bytes:
    """Raises CorruptionError."""
    try:
        batch = decode_batch(body, BODY_BYTES)
    except WireError as error:  # of another version
        raise CorruptionError("a batch in the outbox", 0, str(error)) from error
    batch.parts = [batch.parts[place] for place in places]
    return encode_batch(batch)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Range]).decode
