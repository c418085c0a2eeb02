"""
Join the lines of a stack trace, indented lines with the line above them, and the lines of a JSON
object that is printed over several, into one.

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
- A line that begins with `{` is joined with none before it, and ends the group of its stream; so
  does one that framing has something to say about, and one that is too long to become a record.
- An object is joined when it is whole. If its end does not come, each of its lines becomes what it
  would have been without it.

Which line goes on with which is in agent/framing/traces.py and agent/framing/objects.py. A group
ends before a line that does not go on with it; when any line of the container is GROUP_SECONDS
younger than its last; or when the caller closes it, because the file is quiet. Only the caller
knows the time, so he decides that once, and not again in a replay.

What is joined is bounded. A trace that goes on beyond the bound goes on as another line, and the
one before is marked unfinished. An object beyond it is not joined.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from agent.framing.framed import FramedLines, Oddity
from agent.framing.joined import Joined
from agent.framing.kinds import announces, find_candidates
from agent.framing.objects import ends_open, find_object_head, find_object_step
from agent.framing.open_group import GROUP_BYTES, HELD_LINES, HeldLine, OpenGroup, OpenGroups
from agent.framing.traces import CLOSED, State, Step, find_announced, find_head, find_step
from clew.schema.columns.groups import all_braces
from clew.schema.line import Flag
from clew.schema.timestamps import SECOND

GROUP_SECONDS = 1.0
"""A trace is written at one go, and the runtime stamps it as it reads: within milliseconds."""

ANNOUNCED_SECONDS = 0.1
"""The same, where it takes more than white space to say that two lines belong together."""

_PLAIN = Oddity()
_GROUP = round(GROUP_SECONDS * SECOND)
_ANNOUNCED = round(ANNOUNCED_SECONDS * SECOND)


def group(lines: FramedLines, open_groups: OpenGroups, *, close: bool = False) -> FramedLines:
    """
    Join what belongs together in the lines of a chunk; what may go on in the next is kept in
    `open_groups`, and what was kept there before comes first. Changes and returns `lines`.

    `close` gives up waiting for what could go on: nothing is kept. To be decided once, by somebody
    who knows the time: what comes afterwards is a line of its own.
    """
    contents = lines.contents
    if not open_groups and (not contents or _are_objects(lines)):
        return lines
    joined = Joined(lines)
    outputs = set(lines.outputs)
    for output in sorted(outputs | open_groups.keys()):
        places: Sequence[int] = range(len(contents))
        if len(outputs) > 1 or output not in outputs:
            places = [place for place, of in enumerate(lines.outputs) if of == output]
        _Stream(joined, output, places).walk(open_groups, close=close)
    return joined.build()


def _are_objects(lines: FramedLines) -> bool:
    """
    Whether all lines begin with a brace, and none will have others behind it.

    Only the last of a stream may: behind each other one stands one that begins with a brace, too.
    """
    contents, outputs = lines.contents, lines.outputs
    if not all_braces(contents) or ends_open(contents[-1]):
        return False
    if outputs.count(outputs[-1]) == len(outputs):  # most often, and the quickest way to ask
        return True
    seen, rest = b"", bytes(outputs)
    while rest:
        if ends_open(contents[len(rest) - 1]):
            return False
        seen += rest[-1:]
        rest = rest.rstrip(seen)
    return True


class _Stream:
    """
    The lines of one stream in a chunk, walked through once.

    `group` is the group that grows, and `grown` the places of its lines in the chunk; what came
    from an earlier chunk has the place -1, and only one for all that was joined there.
    """

    def __init__(self, joined: Joined, output: int, places: Sequence[int]) -> None:
        self.joined = joined
        self.lines = joined.lines
        self.output = output
        self.places = places
        self.group: OpenGroup | None = None
        self.grown: list[int] = []

    def walk(self, open_groups: OpenGroups, *, close: bool) -> None:
        """Look closer where a line could go on with another; all others stay as they are."""
        places, contents = self.places, self.lines.contents
        if len(places) < len(contents):
            contents = [contents[place] for place in places]
        done = 0
        if self.output in open_groups:
            self._resume(open_groups.pop(self.output))
            done = self._grow(0)
        for candidate in find_candidates(contents):
            if candidate >= done:
                done = self._grow(max(done, candidate - 1))
        if self.group is None and places:
            self._feed(*self._line(len(places) - 1))
        if close:
            self._end_all()
        else:
            self._keep_open(open_groups)

    def _resume(self, group: OpenGroup) -> None:
        """Go on with what an earlier chunk left open."""
        self.group = group
        self.grown = [-1] * (1 + len(group.held))

    def _end_all(self) -> None:
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
                self._end_all()
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
                    self._begin(first, at, self._head(first, at))
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
        if group is None or content[:1] == b"{" or not self._can_join(line, place):
            return None
        if group.state is State.OBJECT:
            return None if group.is_full(line) else find_object_step(group.brackets, content)
        step = find_step(group.state, content)
        if step is None and group.state in (State.LINE, State.ANNOUNCED_GAP):
            close = line.time - group.last_time <= _ANNOUNCED
            step = find_announced(content) if close and announces(bytes(group.content)) else None
        if step is None or step.sure:
            return step
        return None if len(group.held) >= HELD_LINES or group.is_full(line) else step

    def _add(self, line: HeldLine, place: int, step: Step) -> None:
        group = self.group
        assert group is not None
        if step.sure and group.held:
            group.join_held()
        if step.sure and group.is_full(line):
            self._put(Flag.UNFINISHED)
            self._begin(line, place, step)
            return
        if step.sure:
            group.join(line)
        else:
            group.hold(line)
        group.state, group.last_time, group.brackets = step.state, line.time, step.brackets
        self.grown.append(place)

    def _begin(self, line: HeldLine, place: int, step: Step) -> None:
        content, state = bytearray(line.content), step.state
        self.group = OpenGroup(
            line.offset, line.time, line.pieces, content, state, 1, line.time, [], line.origin
        )
        self.group.brackets = step.brackets
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
            self._end_all()
        else:
            self.joined.left_out.update(place for place in self.grown if place >= 0)
            open_groups[self.output] = group

    def _line(self, at: int) -> tuple[HeldLine, int]:
        lines, place = self.lines, self.places[at]
        odd = lines.odd.get(place, _PLAIN)
        line = HeldLine(
            lines.offsets[place], lines.times[place], odd.pieces, lines.contents[place], odd.origin
        )
        return line, place

    def _head(self, line: HeldLine, place: int) -> Step:
        """What a group is whose first line is this one."""
        if not self._can_join(line, place):
            return CLOSED
        return (find_object_head if line.content[:1] == b"{" else find_head)(line.content)

    def _can_join(self, line: HeldLine, place: int) -> bool:
        if len(line.content) > GROUP_BYTES:
            return False
        oddity = self.lines.odd.get(place)  # a line of an earlier chunk would not have been held
        return oddity is None or not (oddity.flags or oddity.rejection)

    def _is_plain(self) -> bool:
        return self.group is not None and self.group.state in (State.LINE, State.CLOSED)

    def _is_late(self, at: int) -> bool:
        """Whether the line at `at`, or one of another stream before it, comes too late."""
        return self._is_later(self.places[at - 1] + 1 if at else 0, self.places[at] + 1)

    def _is_later(self, start: int, end: int) -> bool:
        """Whether the group is over for one of the lines between two places in the chunk."""
        assert self.group is not None
        times = self.lines.times[start:end]
        return bool(times) and max(times) - self.group.last_time > _GROUP
