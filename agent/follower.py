"""
Follow one file of a container to its end.

Keeps true: the position moves only when the bytes before it are stored for good, and only over
whole ranges. The file is kept open, so a rename, the kubelet's compression or a deletion takes
nothing away that stood in it; it is known by its generation. What was rescued of it is read where
it is open no more.

After a crash the follower continues from the checkpoint: ranges that were in flight come back out
of the outbox, and what lies behind them is read.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from itertools import chain

from agent.accounts import Account
from agent.checkpoint import Progress
from agent.files import FileChangedError, OpenedLog
from agent.framing import plain
from agent.framing.formats import choose
from agent.framing.framed import FramedLines
from agent.framing.groups import group
from agent.framing.joining import (
    Position,
    bad_frame,
    close_unfinished,
    columns_of,
    put,
    tail_of,
)
from agent.ranges import Range
from agent.reading import Reading
from agent.rescue.rescued import Rescued
from agent.sources.log_file import Layout, LogFile
from clew.runtime.clock import SYSTEM_CLOCK

CHUNK_BYTES = 1024 * 1024
PHYSICAL_LINE_BYTES = 16 * 1024 * 1024
"""A physical line longer than this is cut, so that a file without newlines needs no more memory."""


OpenLog = Callable[[LogFile, str], OpenedLog]
"""Opens a file that is a generation. Raises OSError and FileChangedError."""


class Follower:
    """One generation of a container's log."""

    def __init__(
        self,
        generation: str,
        progress: Progress,
        account: Account,
        open_log: OpenLog = OpenedLog,
        now: Callable[[], int] = SYSTEM_CLOCK.now,
    ) -> None:
        """`now` gives the time of lines that have none beside them."""
        self.generation = generation
        self.account: Account = account
        self._open_log, self._now = open_log, now
        self.file, self.size = progress.file, progress.size
        self.position = progress.position
        self.head = progress.position
        """Up to where it was read; of what lies between, `ranges` are in flight."""
        self.ranges: deque[Range] = deque()
        self.missed_looks = 0
        self.grown_at = math.inf
        self.seen = False
        """Whether a look of this process found it."""
        self.sized = True
        """Whether somebody knows how large it was: not so of one that only the outbox knows."""
        self.nameless_since = math.inf
        """When an agent first saw that its file has no name any more; infinite while it has one."""
        self.nameless = False
        self.ended, self.judged = progress.ended, False
        """Nobody writes to it any more; and that it is gone is accounted for."""
        self.successor: Follower | None = None
        """The container's next file, which goes on with what is open here (`agent.succession`)."""
        self.gone = self.cut = self.end_lost = False
        """
        There is nothing more of it; what comes next here, or in the next file, does not follow on
        what was read.
        """
        self.rescued: Rescued | None = None
        self._ahead: list[Range] = []
        self._torn_up_to = 0
        self._opened: OpenedLog | None = None

    @property
    def unread_bytes(self) -> int:
        """Bytes that are not stored for good, in flight or not."""
        return max(0, self.size - self.position.offset)

    @property
    def new_bytes(self) -> int:
        """Bytes that were not read yet."""
        return max(0, self.size - self.head.offset)

    @property
    def in_flight_bytes(self) -> int:
        return self.head.offset - self.position.offset

    @property
    def held(self) -> bool:
        """Whether there is a range of it that the collector does not take at present."""
        return any(part.held for part in chain(self.ranges, self._ahead))

    def waits(self, size: int) -> bool:
        """Whether a line that ends before `size` is there and not stored."""
        if self.position.offset < min(size, self.head.offset):
            return True
        # Whole lines that the next may go on with, here or in the next file.
        if any(group.origin or group.offset < size for group in self.position.groups.values()):
            return True
        if self.successor is not None and self.successor.has_lines_of(self.generation):
            return True
        return max(self.head.offset, self._torn_up_to) < min(size, self.size)

    def has_lines_of(self, generation: str) -> bool:
        """Whether whole lines of an earlier file wait here for what may go on with them."""
        groups = self.position.groups.values()
        if any(group.origin and group.origin.generation == generation for group in groups):
            return True
        return self.successor is not None and self.successor.has_lines_of(generation)

    @property
    def unbegun(self) -> bool:
        """Whether nothing was read of it, by this process or the last one."""
        return not (self.head.offset or self.ranges or self._ahead)

    @property
    def unfinished_bytes(self) -> int:
        """Bytes behind the file's last newline, as of the last reading."""
        return max(0, min(self._torn_up_to, self.size) - self.head.offset)

    def progress(self) -> Progress:
        return Progress(self.file, self.position, self.size, self.ended)

    def adopt(self, part: Range) -> bool:
        """
        Take back a range out of the outbox; they come in the order in which they were read.

        False for one that is stored already, as the checkpoint says.
        """
        stored = self.position
        closed = part.start == part.after.offset == stored.offset and not stored.is_open
        if part.start < stored.offset or closed:
            return False
        self._ahead.append(part)
        self._ahead.sort(key=lambda each: (each.start, each.after.offset))
        self._grow(part.after.offset)
        self._take_ahead()
        return True

    def found(self, file: LogFile, size: int, now: float) -> None:
        """The file is there, under this name and with so many bytes."""
        opened = self._opened if size > self.size else None
        if opened is not None and opened.grows and size > opened.size:
            self.close()  # a longer copy of the one that is open
        self.grew(size, now)
        self.file, self.missed_looks = file, 0
        if self.judged or self.rescued or self.nameless_since < math.inf:
            self.ended = self.judged = False
        self.seen, self.nameless_since = True, math.inf

    def grew(self, size: int, now: float) -> None:
        """The file has so many bytes now."""
        if size != self.size or self.grown_at == math.inf:
            self.grown_at = now
            self._grow(size)

    def poll(self, now: float) -> None:
        """See whether the open file has grown; whether it has shrunk, a look finds out."""
        if self._opened is not None and self._opened.grows:
            status = self._opened.status()
            self.nameless = status.st_nlink == 0
            size = status.st_size + self.head.cut_bytes
            if size > self.size and self.follows_on():
                self.grew(size, now)

    def follows_on(self) -> bool:
        """Whether what was read last still stands before the head; if it is not open, it may."""
        opened = self._opened
        if opened is None or not opened.grows or self.cut:
            return not self.cut
        try:
            self.cut = not opened.has(self.head.tail, self.head.offset)
        except FileChangedError:
            return False  # it is another file now, as the next look will tell
        except OSError:
            pass  # whoever reads on finds out
        return not self.cut

    def cut_off(self, size: int) -> None:
        """The bytes from `size` on are gone; what was read of them is in the outbox."""
        self.size, self._torn_up_to = max(size, self.head.offset), 0

    def let_go(self) -> None:
        """The file is gone; what was read of lines that are still open can be sent all the same."""
        self.close()
        self.cut_off(self.head.offset)
        self.gone = True
        for part in self._ahead:
            # What stood before it is gone, so no position will come to it.
            part.passed = True
        self._ahead.clear()

    def read(
        self, *, close: bool, end_groups: bool | None = None, most_bytes: int = CHUNK_BYTES
    ) -> Reading | None:
        """
        The next range, which is in flight from now on; None while there is no whole line.

        `close` allows to give up on open lines where there is nothing more to read, `end_groups` on
        lines that the next one could go on with; as `close` if it is not given. Of `most_bytes` at
        most, or of one longer line. Raises OSError and FileChangedError.
        """
        start = self.head.offset
        must_end = self._must_end
        close = close or self.gone or (must_end and not self._ahead[0].pieces_before)
        chunk = self._whole_lines(start, most_bytes, close=close)
        if chunk and not self.follows_on():
            chunk = b""  # what was read before it was cut off, and this may begin within a line
        close = close or self.cut
        end_groups = close or must_end or bool(end_groups)
        ends_lines = not chunk and close and bool(self.head.open)
        if not chunk and not ends_lines and not (end_groups and self.head.groups):
            return None
        end_groups = self._ends_groups(start + len(chunk), end_groups)
        reading = self._frame_chunk(chunk, ends_lines=ends_lines, end_groups=end_groups)
        self.ranges.append(reading.range)
        self.head = reading.range.after
        self._grow(self.head.offset)  # it may have grown since anybody looked
        self._take_ahead()
        return reading

    def skip(self) -> int:
        """Pass over what is not read yet, as far as nothing before it waits; how many bytes."""
        if self.ranges or self._ahead or self.head.is_open:
            return 0
        size = self.new_bytes
        self.position = self.head = self.head.further(self.head.offset + size)
        return size

    def unread(self, reading: Reading) -> None:
        """It could not be written to the outbox: it is read again, the newest range first."""
        self.read_again(reading.range)

    def read_again(self, part: Range) -> None:
        """A range is in the outbox no more, those behind it are: they wait until it is read."""
        place = next((n for n, each in enumerate(self.ranges) if each is part), None)
        if place is None:
            self._ahead = [each for each in self._ahead if each is not part]
            return
        self._ahead[:0] = list(self.ranges)[place + 1 :]
        while len(self.ranges) > place:
            self.ranges.pop()
        self.head = self.ranges[-1].after if self.ranges else self.position
        self._torn_up_to = 0  # it may be behind what is to be read again

    def pass_stored(self) -> list[Range]:
        """Move over the ranges that were answered for, up to the first that was not."""
        passed = []
        while self.ranges and self.ranges[0].answer is not None:
            part = self.ranges.popleft()
            self.position, part.passed = part.after, True
            passed.append(part)
        return passed

    @property
    def read_up_to(self) -> int:
        """Behind the head are bytes of a line without its end, as of the last reading."""
        return max(self.head.offset, self._torn_up_to)

    @property
    def ahead(self) -> bool:
        """Whether ranges of the last process wait for what stands before them to be read."""
        return bool(self._ahead)

    @property
    def read_or_ahead(self) -> int:
        """Up to where it was read, by this process or by the last one."""
        return max([self.head.offset, *(part.after.offset for part in self._ahead)])

    @property
    def opened(self) -> OpenedLog | None:
        return self._opened

    def hold(self) -> None:
        """Open the file now, so that it can be read whatever becomes of its name. As `read`."""
        if self._opened is not None:
            return
        opened = self._opened = self._open_log(self.file, self.generation)
        opened.cut_bytes = self.head.cut_bytes
        # One that does not grow is looked at once, since to go back in it costs most.
        if not opened.grows and not opened.has(self.head.tail, self.head.offset):
            self.cut = True

    def lost_name(self) -> bool:
        """Whether the open file has no name any more; one that is not open has lost nothing."""
        self.nameless = self._opened is not None and self._opened.status().st_nlink == 0
        return self.nameless

    def take_rescued(self, rescued: Rescued) -> None:
        """Read on in what the last process rescued, once what it had read is taken back."""
        self.rescued = rescued
        self.ended = self.ended or rescued.ended
        self._grow(rescued.end)

    def behind_hole(self) -> Position | None:
        """Where reading can go on, if what comes next is nowhere any more; the file is closed."""
        head, rescued = self.head, self.rescued
        run_end = rescued.run_end(head.offset) if rescued else head.offset
        if self.read_up_to < run_end:
            return None
        ahead = [part for part in self._ahead[:1] if part.start > head.offset]
        places = [head.further(part.start) for part in ahead]
        if rescued and (start := rescued.next_start(run_end)) is not None:
            places.append(rescued.position_at(start) or head.further(start))
        return min(places, key=lambda place: place.offset, default=None)

    def skip_to(self, position: Position) -> None:
        """Go on there; nothing before it is in flight or open."""
        self.head = self.position = position
        self.cut = False
        if self._ahead and self._ahead[0].start == position.offset:
            self._ahead[0].lines += self._ahead[0].pieces_before - position.pieces_open
        self._take_ahead()

    def close(self) -> None:
        """Close the file; the next reading opens it again, by its name."""
        if self._opened is not None:
            self._opened.close()
            self._opened, self.nameless = None, False

    def close_named(self) -> None:
        """Close the file if it can be opened again: what has no name is there while it is open."""
        try:
            nameless = self.lost_name()
        except OSError:
            nameless = self.missed_looks > 0
        if not nameless:
            self.close()

    def _grow(self, size: int) -> None:
        """To at least what was seen of it or read; a file that shrank was cut off before."""
        if size > self.size:
            self.account.written_bytes += size - self.size
            self.size = size

    @property
    def plain(self) -> bool:
        return self.file.layout is Layout.PLAIN

    def _ends_groups(self, end: int, allowed: bool) -> bool:
        """Whether a range that ends here gives up on what the next line could go on with."""
        ahead = self._ahead[0] if self._ahead else None
        if ahead is not None and ahead.start == end:
            return not ahead.goes_on  # as it was before a crash
        # In the middle of a file the next chunk tells what goes on, however quiet the file is; and
        # one that is longer than anybody has seen it is not quiet.
        return allowed and end in (self.size, self.head.offset)

    @property
    def _must_end(self) -> bool:
        """Whether what is open was ended before the next range, without a byte between."""
        if not self._ahead or self._ahead[0].start != self.head.offset:
            return False
        return self.head.pieces_open > self._ahead[0].pieces_before

    def _take_ahead(self) -> None:
        while self._ahead and self._ahead[0].start <= self.head.offset and not self._must_end:
            part = self._ahead.pop(0)
            if part.start < self.head.offset:
                part.passed = True  # read anew, because a slot before it was damaged
                continue
            self.ranges.append(part)
            self.head = part.after

    def _whole_lines(self, start: int, most_bytes: int, *, close: bool) -> bytes:
        if not self.new_bytes or self.cut:
            return b""  # also if there is no file to open any more
        length = min(CHUNK_BYTES, most_bytes)
        if self._ahead and self._ahead[0].start - start <= CHUNK_BYTES:
            length = self._ahead[0].start - start
            chunk = self._open().read(start, length) if length else b""
            if len(chunk) == length:
                return chunk
        while True:
            chunk = self._open().read(start, length)
            end = chunk.rfind(b"\n") + 1
            if not end and len(chunk) < length:
                if close and self.plain:
                    return chunk  # nothing says that it goes on, and nobody else will end it
                self._torn_up_to = start + len(chunk)
            if end or len(chunk) < length:
                return chunk[:end]
            if length >= PHYSICAL_LINE_BYTES:
                return chunk
            length = min(length * 4, PHYSICAL_LINE_BYTES)

    def _open(self) -> OpenedLog | Rescued:
        if self._opened is None:
            if self.rescued is not None:
                return self.rescued
            self.hold()
        assert self._opened is not None
        return self._opened

    def _frame_chunk(self, chunk: bytes, *, ends_lines: bool, end_groups: bool) -> Reading:
        before, after = self.head, self.head.copy()
        lines, count = FramedLines(), 0
        if self.plain and chunk:
            lines = plain.frame(chunk, after, self._now(), self.file.output)
            count = len(lines.offsets)
        elif chunk and not chunk.endswith(b"\n"):
            detail = f"no end within {PHYSICAL_LINE_BYTES} bytes"
            lines, count = columns_of([bad_frame(after, chunk, detail)]), 1
            after.offset = before.offset + len(chunk)
        elif chunk:
            lines = choose(self._open().first_line)(chunk, after)
            whole = not (lines.odd or before.open or after.open)
            count = len(lines.offsets) if whole else chunk.count(b"\n")
        if chunk and not self.plain:
            after.tail = tail_of(chunk)
        if ends_lines:
            put(lines, [close_unfinished(after, output) for output in sorted(after.open)])
        lines = group(lines, after.groups, close=end_groups)
        joined = sum(odd.pieces - 1 for odd in lines.odd.values())
        records = len(lines.offsets)
        part = Range(self.generation, self.file, before.offset, after, count, joined, records)
        part.goes_on = bool(before.groups)
        return Reading(self, part, lines)
