"""
The outbox: batches on their way, from before their first send until all positions have passed them.

       put          settled               released
    ----------> waiting/in flight ----> answered ----> its slot is free
                  ^   |                    (once a checkpoint says so)
                  '---' sent again as it is: the same bytes, also by another process

Keeps true: what was once sent for a range is what is sent for it ever after. So nothing is decided
twice: where lines begin and end, what was shed, redacted, quarantined or joined. Otherwise one ID
could name two documents, of which the second would be lost.

A crash leaves the batches; the next start sends again those that the checkpoint does not call
passed. A damaged slot is taken for one that was never sent: then its ranges are read again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import msgspec

from agent.outbox.slots import Slots, Stored
from agent.ranges import Range
from clew.wire.batch import decode_batch, encode_batch

BODY_BYTES = 256 * 1024 * 1024
"""What one of our own batches may unpack to: far more than any has."""


@dataclass(slots=True, eq=False)
class Outgoing:
    """
    A batch in the outbox and the ranges it was made of, one for each of its parts.

    `not_before` is when it may be sent again, in seconds of the monotonic clock.
    """

    number: int
    revision: int
    ranges: list[Range]
    slot: int
    body_bytes: int
    body: bytes | None = None
    not_before: float = 0.0


class Outbox:
    """The batches in a folder that no other process uses. All methods run in one thread."""

    def __init__(self, folder: Path) -> None:
        self._slots = Slots(folder)
        self._open: dict[int, Outgoing] = {}
        self._answered: list[Outgoing] = []
        self.next_number = 0

    @property
    def waiting_bytes(self) -> int:
        """What the batches take on the disk that are not passed yet."""
        return sum(each.body_bytes for each in self._open.values())

    @property
    def open_numbers(self) -> list[int]:
        return list(self._open)

    def load(self, next_number: int, open_numbers: Collection[int]) -> list[Outgoing]:
        """
        The batches that a checkpoint with these numbers does not call passed, in their order.

        Raises OSError where the folder can't be read.
        """
        newest: dict[int, Stored] = {}
        for stored in self._slots.load():
            known = newest.get(stored.number)
            passed = stored.number < next_number and stored.number not in set(open_numbers)
            if passed or (known is not None and known.revision > stored.revision):
                self._slots.free(stored.slot)
                continue
            if known is not None:
                self._slots.free(known.slot)
            newest[stored.number] = stored
        loaded = [_loaded(newest[number]) for number in sorted(newest)]
        self._open = {each.number: each for each in loaded}
        self.next_number = max([next_number, *(number + 1 for number in newest)])
        return loaded

    def put(self, ranges: list[Range], body: bytes) -> Outgoing:
        """A batch that is durable from now on. Raises OSError."""
        number = self.next_number
        slot = self._slots.write(number, 0, _encode(ranges), body)
        self.next_number += 1
        outgoing = self._open[number] = Outgoing(number, 0, ranges, slot, len(body), body)
        return outgoing

    def body(self, outgoing: Outgoing) -> bytes:
        """What is sent. Raises OSError."""
        return outgoing.body or self._slots.read_body(outgoing.slot)

    def narrow(self, outgoing: Outgoing, places: list[int]) -> None:
        """Of a batch only these parts are still to be sent. Raises OSError; then all are."""
        body = self._part_of(outgoing, places)
        ranges = [outgoing.ranges[place] for place in places]
        revision = outgoing.revision + 1
        slot = self._slots.write(outgoing.number, revision, _encode(ranges), body)
        self._slots.free(outgoing.slot)
        outgoing.ranges, outgoing.slot, outgoing.revision = ranges, slot, revision
        outgoing.body_bytes, outgoing.body = len(body), None

    def split_off(self, outgoing: Outgoing, places: list[int]) -> Outgoing:
        """These parts of a batch, as a batch of their own; the others stay. Raises OSError."""
        others = [place for place in range(len(outgoing.ranges)) if place not in places]
        ranges = [outgoing.ranges[place] for place in places]
        split = self.put(ranges, self._part_of(outgoing, places))
        # A crash between the two leaves some parts in two batches, where they are the same.
        self.narrow(outgoing, others)
        return split

    def answered(self, outgoing: Outgoing) -> None:
        """All its parts are stored; it stays until positions and a checkpoint have passed it."""
        outgoing.body = None
        self._answered.append(outgoing)

    def passed(self) -> list[Outgoing]:
        """
        The batches that all positions have passed, and the next checkpoint may leave out.

        Once it is written they are to be released.
        """
        return [each for each in self._answered if all(part.passed for part in each.ranges)]

    def release(self, passed: list[Outgoing]) -> None:
        """A checkpoint without these batches is on the disk."""
        for outgoing in passed:
            self._answered.remove(outgoing)
            del self._open[outgoing.number]
            self._slots.free(outgoing.slot)

    def clear(self) -> None:
        """All batches are about another store."""
        for outgoing in self._open.values():
            self._slots.free(outgoing.slot)
        self._open, self._answered = {}, []

    def _part_of(self, outgoing: Outgoing, places: list[int]) -> bytes:
        batch = decode_batch(self.body(outgoing), BODY_BYTES)
        batch.parts = [batch.parts[place] for place in places]
        return encode_batch(batch)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Range]).decode


def _loaded(stored: Stored) -> Outgoing:
    ranges = _decode(stored.head)
    return Outgoing(stored.number, stored.revision, ranges, stored.slot, stored.body_bytes)
