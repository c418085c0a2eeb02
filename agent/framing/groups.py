"""
Join the lines of a stack trace, and indented lines with the line above them, into one.

    offset  stream
       100  stdout  10:00:00 ERROR order A-17 failed        -.
       140  stdout  java.lang.IllegalStateException: no beans |  one line, at offset 100,
       190  stderr  another stream, left in its place         |  of four pieces, joined by newlines
       230  stdout    at shop.Stock.take(Stock.java:27)       |
       280  stdout  Caused by: java.io.IOException           -'
       320  stdout  10:00:00 INFO next order

Keeps true:

- What is joined depends on the bytes of the file alone and not on where a chunk ended. The last
  line of a stream is therefore kept back at the end of a chunk, as an open group, as long as the
  next could go on with it; open groups are part of the position in the file. Of the lines of one
  stream none overtakes another. A group stands where its first line stood.
- Nothing is lost or said twice: the pieces of all lines that come out and of those kept back are
  the pieces of all that went in.
- A line that begins with `{` is never joined, and ends the group of its stream; so does one that
  framing has something to say about, and one that is too long to become a record.

Which line goes on with which is in agent/framing/traces.py. A group ends before a line that does
not go on with it; when any line of the container is GROUP_SECONDS younger than its last; or when
the caller closes it, because the file is quiet. Only the caller knows the time, so he decides that
once, and not again in a replay.

What is joined is bounded. A trace that goes on beyond the bound goes on as another line, and the
one before is marked unfinished.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import compress

import msgspec

from agent.framing.framed import FramedLines, Oddity
from agent.framing.traces import (
    State,
    Step,
    announces,
    find_announced,
    find_candidates,
    find_step,
    head_state,
)
from clew.schema.line import LINE_BYTES, Flag
from clew.schema.timestamps import SECOND

GROUP_BYTES = LINE_BYTES
"""A longer line could not become a record."""

GROUP_LINES = 1000
"""Java cuts a stack overflow's trace at 1,024 frames; nobody reads more."""

GROUP_SECONDS = 1.0
"""A trace is written at one go, and the runtime stamps it as it reads: within milliseconds."""

ANNOUNCED_SECONDS = 0.1
"""The same, where it takes more than white space to say that two lines belong together."""

HELD_LINES = 10
"""How many lines a message, or the gap between two traces, may have until the trace goes on."""

_GROUP = round(GROUP_SECONDS * SECOND)
_ANNOUNCED = round(ANNOUNCED_SECONDS * SECOND)


class HeldLine(msgspec.Struct):
    """A line that belongs to a group if a certain other line comes, and is its own if not."""

    offset: int
    time: int
    pieces: int
    content: bytes


class OpenGroup(msgspec.Struct):
    """
    The lines of one stream that a next one could go on with: joined what surely belongs together,
    and behind it what is only held. `last_time` is the runtime's time of the last of them all.
    Contents are base64 in a checkpoint.
    """

    offset: int
    time: int
    pieces: int
    content: bytearray
    state: State
    lines: int
    last_time: int
    held: list[HeldLine] = []

    @property
    def pieces_open(self) -> int:
        return self.pieces + sum(line.pieces for line in self.held)

    def copy(self) -> OpenGroup:
        return msgspec.structs.replace(
            self, content=self.content.copy(), held=[msgspec.structs.replace(h) for h in self.held]
        )


OpenGroups = dict[int, OpenGroup]
"""By output."""


def group(lines: FramedLines, open_groups: OpenGroups) -> FramedLines:
    """
    Join what belongs together in the lines of a chunk; what may go on in the next is kept in
    `open_groups`, and what was kept there before comes first. Changes and returns `lines`.
    """
    contents = lines.contents
    if not open_groups and (not contents or _all_json(contents)):
        return lines
    joined = _Joined(lines)
    outputs = set(lines.outputs)
    for output in sorted(outputs | open_groups.keys()):
        places: Sequence[int] = range(len(contents))
        if len(outputs) > 1 or output not in outputs:
            places = [place for place, of in enumerate(lines.outputs) if of == output]
        _Stream(joined, output, places).walk(open_groups)
    return joined.build()


def close_groups(open_groups: OpenGroups) -> FramedLines:
    """
    Give up waiting for what could go on: the lines that were open. Empties `open_groups`.

    To be decided once: what comes afterwards is a line of its own.
    """
    joined = _Joined(FramedLines())
    for output in sorted(open_groups):
        stream = _Stream(joined, output, ())
        stream.resume(open_groups.pop(output))
        stream.end_all()
    return joined.build()


def _all_json(contents: list[bytes]) -> bool:
    # The quickest way to ask each of them for its first byte.
    return min(contents) >= b"{" and max(contents) < b"|"


class _Joined:
    """What becomes of the columns of a chunk: places left out, lines put before them."""

    def __init__(self, lines: FramedLines) -> None:
        self.lines = lines
        self.left_out: set[int] = set()
        self.before: list[tuple[int, int, int, bytes, Oddity]] = []

    def put_before(self, group: OpenGroup, output: int, flags: int) -> None:
        """A line that began in an earlier chunk."""
        oddity = Oddity(group.pieces, flags)
        self.before.append((group.offset, group.time, output, bytes(group.content), oddity))

    def replace(self, place: int, group: OpenGroup, flags: int) -> None:
        """A line in the place of its first."""
        self.lines.contents[place] = bytes(group.content)
        self.lines.odd[place] = Oddity(group.pieces, flags)

    def build(self) -> FramedLines:
        lines = self.lines
        if self.left_out:
            self._leave_out()
        if self.before:
            self.before.sort(key=lambda line: line[0])
            moved = len(self.before)
            lines.offsets[:0] = [line[0] for line in self.before]
            lines.times[:0] = [line[1] for line in self.before]
            lines.outputs[:0] = [line[2] for line in self.before]
            lines.contents[:0] = [line[3] for line in self.before]
            odd = {place + moved: oddity for place, oddity in lines.odd.items()}
            lines.odd = {
                place: line[4] for place, line in enumerate(self.before) if line[4] != Oddity()
            } | odd
        return lines

    def _leave_out(self) -> None:
        lines = self.lines
        kept = bytearray(b"\1") * len(lines.offsets)
        for place in self.left_out:
            kept[place] = 0
        lines.offsets = list(compress(lines.offsets, kept))
        lines.times = list(compress(lines.times, kept))
        lines.outputs = list(compress(lines.outputs, kept))
        lines.contents = list(compress(lines.contents, kept))
        odd, before, counted = {}, 0, 0
        for place in sorted(lines.odd.keys() - self.left_out):
            before += kept.count(1, counted, place)
            counted = place
            odd[before] = lines.odd[place]
        lines.odd = odd


class _Stream:
    """
    The lines of one stream in a chunk, walked through once.

    `group` is the group that grows, and `grown` the places of its lines in the chunk; what came
    from an earlier chunk has the place -1, and only one for all that was joined there.
    """

    def __init__(self, joined: _Joined, output: int, places: Sequence[int]) -> None:
        self.joined = joined
        self.lines = joined.lines
        self.output = output
        self.places = places
        self.group: OpenGroup | None = None
        self.grown: list[int] = []

    def walk(self, open_groups: OpenGroups) -> None:
        """Look closer where a line could go on with another; all others stay as they are."""
        places, contents = self.places, self.lines.contents
        if len(places) < len(contents):
            contents = [contents[place] for place in places]
        done = 0
        if self.output in open_groups:
            self.resume(open_groups.pop(self.output))
            done = self._grow(0)
        for candidate in find_candidates(contents):
            if candidate >= done:
                done = self._grow(max(done, candidate - 1))
        if self.group is None and places:
            self._feed(*self._line(len(places) - 1))
        self._keep_open(open_groups)

    def resume(self, group: OpenGroup) -> None:
        """Go on with what an earlier chunk left open."""
        self.group = group
        self.grown = [-1] * (1 + len(group.held))

    def end_all(self) -> None:
        """End the group, and what it held besides."""
        while held := self._end():
            for line, place in held:
                self._feed(line, place)

    def _grow(self, at: int) -> int:
        """
        Feed lines from the one at `at` on, until one begins anew that nothing is known to follow.
        Where that stands, which is left for another look; there is no group then.
        """
        while at < len(self.places):
            if self.group is not None and self._is_late(at):
                self.end_all()
            line, place = self._line(at)
            was_open = self.group is not None
            self._feed(line, place)
            if was_open and self.grown == [place] and self._is_plain():
                self.group = None
                break
            at += 1
        return at

    def _feed(self, line: HeldLine, place: int) -> None:
        """Join a line with the group, or end that and begin another with it."""
        if not self._take(line, place):
            waiting = deque([*self._end(), (line, place)])
            while waiting:
                if self.group is None:
                    first, at = waiting.popleft()
                    self._begin(first, at, self._head_state(first, at))
                elif self._take(*waiting[0]):
                    waiting.popleft()
                else:
                    waiting.extendleft(reversed(self._end()))

    def _take(self, line: HeldLine, place: int) -> bool:
        step = self._find_step(line, place)
        if step is not None:
            self._add(line, place, step)
        return step is not None

    def _find_step(self, line: HeldLine, place: int) -> Step | None:
        group, content = self.group, line.content
        if group is None or not self._can_join(line, place):
            return None
        step = find_step(group.state, content)
        if step is None and group.state is State.LINE:
            close = line.time - group.last_time <= _ANNOUNCED
            step = find_announced(content) if close and announces(bytes(group.content)) else None
        if step is None or step.sure:
            return step
        return None if len(group.held) >= HELD_LINES or self._is_full(line) else step

    def _add(self, line: HeldLine, place: int, step: Step) -> None:
        group = self.group
        assert group is not None
        if step.sure and group.held:
            self._join(group.held)
            group.held = []
        if step.sure and self._is_full(line):
            self._put(Flag.UNFINISHED)
            self._begin(line, place, step.state)
            return
        if step.sure:
            self._join([line])
        else:
            group.held.append(line)
        group.state, group.last_time = step.state, line.time
        self.grown.append(place)

    def _join(self, lines: list[HeldLine]) -> None:
        group = self.group
        assert group is not None
        group.lines += len(lines)
        for line in lines:
            group.content += b"\n" + line.content
            group.pieces += line.pieces

    def _begin(self, line: HeldLine, place: int, state: State) -> None:
        content = bytearray(line.content)
        self.group = OpenGroup(
            line.offset, line.time, line.pieces, content, state, 1, line.time, held=[]
        )
        self.grown = [place]

    def _end(self) -> list[tuple[HeldLine, int]]:
        """End the group with what surely belongs to it. What it held besides is given back."""
        held = self.group.held if self.group else []
        places = self.grown[len(self.grown) - len(held) :]
        if self.group is not None:
            del self.grown[len(self.grown) - len(held) :]
            self._put(0)
        return list(zip(held, places, strict=True))

    def _put(self, flags: int) -> None:
        """Say what has become of the group, all of which is joined."""
        assert self.group is not None
        first, *others = self.grown
        self.joined.left_out.update(place for place in others if place >= 0)
        if first < 0:
            self.joined.put_before(self.group, self.output, flags)
        elif self.group.lines > 1 or flags:
            self.joined.replace(first, self.group, flags)
        self.group = None

    def _keep_open(self, open_groups: OpenGroups) -> None:
        group = self.group
        if group is None:
            return
        last = self.places[-1] if self.places else -1
        if group.state is State.CLOSED or self._is_later(last + 1, len(self.lines.times)):
            self.end_all()
        else:
            self.joined.left_out.update(place for place in self.grown if place >= 0)
            open_groups[self.output] = group

    def _line(self, at: int) -> tuple[HeldLine, int]:
        lines, place = self.lines, self.places[at]
        pieces = lines.odd[place].pieces if place in lines.odd else 1
        line = HeldLine(lines.offsets[place], lines.times[place], pieces, lines.contents[place])
        return line, place

    def _head_state(self, line: HeldLine, place: int) -> State:
        return head_state(line.content) if self._can_join(line, place) else State.CLOSED

    def _can_join(self, line: HeldLine, place: int) -> bool:
        if line.content[:1] == b"{" or len(line.content) > GROUP_BYTES:
            return False
        oddity = self.lines.odd.get(place)  # a line of an earlier chunk would not have been held
        return oddity is None or not (oddity.flags or oddity.rejection)

    def _is_plain(self) -> bool:
        return self.group is not None and self.group.state in (State.LINE, State.CLOSED)

    def _is_full(self, line: HeldLine) -> bool:
        group = self.group
        assert group is not None
        size = len(group.content)
        for held in group.held:
            size += 1 + len(held.content)
        lines = group.lines + len(group.held)
        return size + 1 + len(line.content) > GROUP_BYTES or lines >= GROUP_LINES

    def _is_late(self, at: int) -> bool:
        """Whether the line at `at`, or one of another stream before it, comes too late."""
        return self._is_later(self.places[at - 1] + 1 if at else 0, self.places[at] + 1)

    def _is_later(self, start: int, end: int) -> bool:
        """Whether the group is over for one of the lines between two places in the chunk."""
        assert self.group is not None
        times = self.lines.times[start:end]
        return bool(times) and max(times) - self.group.last_time > _GROUP
