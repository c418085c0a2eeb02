"""
Files of which lines that were read are cut off, and which are written on from there.

    before    |-- read --------------|-- unread --|
                                     head         size
    after     |-- left --|-- newer lines --|
              '-- still those that were read

Keeps true: what is newer is read next, at the offsets behind the head: an offset that has a record
already is not given to a second one (`Position.cut_bytes`). What is left was read, and is not read
again. What was seen and not read is a gap. What was begun, a line in pieces, is closed before.

Told by the size, or where the file has grown again by what stands before the head. After a crash
the same is seen again, until a position behind the cut is in the outbox.
"""

from __future__ import annotations

from agent.follower import Follower
from agent.framing.joining import TAIL_BYTES, Position, tail_of
from agent.framing.newer import find_newer
from agent.gaps import Gaps


def see_cut(follower: Follower, size: int) -> bool:
    """
    Whether lines that were read are cut off, of a file that is open or has `size` bytes now, as
    offsets count.
    """
    # What plain files are, whoever names them tells: a shorter one is another one.
    if size < follower.read_or_ahead and not follower.plain:
        follower.cut = True
    follower.follows_on()
    return follower.cut


def go_on_behind_cut(follower: Follower, size: int, gaps: Gaps) -> int:
    """
    Give up what was cut off unread, and go on as soon as nothing is open; the size now.

    Raises OSError and FileChangedError.
    """
    gaps.of(follower, follower.read_or_ahead, follower.size)
    follower.cut_off(follower.read_or_ahead)
    file_bytes = size - follower.head.cut_bytes
    if follower.head.is_open or follower.ahead:
        return follower.size
    _go_on(follower, file_bytes)
    return file_bytes + follower.head.cut_bytes


def _go_on(follower: Follower, file_bytes: int) -> None:
    follower.hold()
    opened, head = follower.opened, follower.head
    assert opened is not None
    place = find_newer(opened.read_there, file_bytes, head.time, opened.first_line)
    length = min(place, TAIL_BYTES)
    tail = tail_of(opened.read_there(place - length, length))
    opened.cut_bytes = head.offset - place
    follower.head = Position(head.offset, head.time, tail=tail, cut_bytes=opened.cut_bytes)
    if follower.ranges:
        follower.ranges[-1].after = follower.head
    else:
        follower.position = follower.head
    follower.cut = False
