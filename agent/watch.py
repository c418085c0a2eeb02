"""
Which files there are, and which follower follows each: the agent's view of its trees.

Keeps true: a file is followed once, whatever names it has; a follower outlives renames and the
kubelet's compression; a file is open from the look that finds it, and read to its end when it is
gone (`agent.rescue`); what can't be read any more is a gap in the ledger, and what was read of the
last, unfinished line is still sent.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

from agent import events
from agent.accounts import Accounts, Balance, container_of
from agent.books import balances_of
from agent.checkpoint import Progress, State
from agent.cut_off import go_on_behind_cut, see_cut
from agent.files import FileChangedError, OpenedLog, Sighting
from agent.follower import Follower
from agent.gaps import Gaps
from agent.identity.identities import Identities
from agent.ledger import GapReason
from agent.ranges import Range
from agent.rescue.descriptors import Descriptors, should_be_open
from agent.rescue.keeping import HELD_BYTES, Keeping
from agent.rescue.spool import RescueSpool
from agent.rescue.unseen import Restarts, is_live, last_restarts
from agent.sightings import Sightings
from agent.sources.log_file import Layout, LogFile
from agent.sources.source import Source
from agent.succession import Succession, grouped
from clew.runtime.clock import Clock

POLL_SECONDS = 0.2
LIVELY_SECONDS = 10.0


class Watch:
    """The followers, by generation. Used by one thread at a time."""

    def __init__(
        self,
        source: Source,
        state: State,
        clock: Clock,
        rescue: RescueSpool,
        held_bytes: int = HELD_BYTES,
    ) -> None:
        self._source, self._clock = source, clock
        self.rescue, self.descriptors = rescue, Descriptors()
        self._gaps = Gaps(state.ledger, clock)
        self.keeping = Keeping(rescue, held_bytes, self._gaps)
        rescue.dropped = self._give_up_rescued
        self._restarts = Restarts(each.file for each in state.files.values())
        self._restarts_told = False
        self._sightings = Sightings(state.packed)
        self.in_outbox: Callable[[str], bool] = lambda _: False
        """Of what may be sent again the checkpoint has to know how far it is stored."""
        self.followers: dict[str, Follower] = {}
        self._elsewhere: dict[str, Follower] = {}
        """Of files under folders that are not followed at present: what is in flight of them is
        settled, and no more of them read, nor missed."""
        self.unreadable: dict[str, str] = {}
        self.looked_at = 0
        self.saw_everything = False
        self.accounts = Accounts(state.accounts)
        self._identities = Identities(state.identities, clock)
        self._succession = Succession()
        self._polled_at = 0.0
        self.containers: dict[str, list[Follower]] = {}
        """The followers of each container, the oldest file first, as of the last look."""
        for name, progress in state.files.items():
            self._follow(name, progress)

    def look(self, now: float) -> None:
        """
        List the trees; find new files, renamed ones and those that are gone.

        Sets `looked_at`, the time before the first folder was listed, and `saw_everything`: of
        each file what it had by then, and none was missed between two of its names.
        """
        self.looked_at, self.saw_everything = self._clock.now(), True
        before = set(self.followers)
        found: dict[str, tuple[LogFile, int]] = {}
        self.unreadable = {}
        files = list(self._source.files())
        plain = [file for file in files if file.layout is Layout.PLAIN]
        self._identities.begin(plain)
        self._sightings.begin()
        for file in files:
            try:
                sees = self._identities if file.layout is Layout.PLAIN else self._sightings
                sighting = sees.look_at(file)
            except FileNotFoundError:
                self.saw_everything = False  # renamed or deleted since the folder was listed
                continue
            except OSError as error:
                self.failed(file.path, error)
                continue
            # The same bytes under a second name: plain and compressed, or a copy that is shorter.
            if sighting and sighting.size > found.get(sighting.generation, (file, -1))[1]:
                found[sighting.generation] = (file, sighting.size)
                self._meet(sighting, file, now)
        self._sightings.end()
        for path, reason in self._source.unreadable.items():
            self.cannot_read(path, reason)
        for name, (file, size) in found.items():
            self._found(name, file, size, now)
        if self.followers.keys() != before:
            self._end_restarted({name: file for name, (file, _) in found.items()})
        self._drop_gone(found.keys(), now)
        self._tell_skipped_restarts(files)
        self.descriptors.close_quiet(self.followers.values(), now)
        self.keeping.bound(self.followers.values())
        if plain or self._identities.book.generations:
            self._identities.end(self._all().keys())
        self.containers = grouped(self.followers, found)
        self._succession.looked(files, self.followers, self.unreadable, self.saw_everything)
        if self.followers.keys() != before:
            self.accounts.keep(follower.file for follower in self._all().values())
        events.reading.looked(len(self.followers), self.unread_bytes, len(self.unreadable))

    def poll(self, now: float) -> None:
        """
        See which of the open files have grown since the look; costs a system call for each.

        Those that were quiet for long wait for the next look, so that idle containers cost little.
        """
        if now - self._polled_at >= POLL_SECONDS:
            self._polled_at = now
            for follower in self.followers.values():
                if now - follower.grown_at < LIVELY_SECONDS:
                    self._poll(follower, now)

    @property
    def lively(self) -> bool:
        """Whether it is worth while to look at sizes between two looks."""
        now = self._clock.monotonic()
        return any(now - each.grown_at < LIVELY_SECONDS for each in self.followers.values())

    def adopt(self, part: Range) -> None:
        """A range that was in flight when the last process ended, out of the outbox."""
        follower = self.find(part.generation)
        if follower is None:
            follower = self._follow(part.generation, Progress(part.file))
            follower.sized = False
        part.passed = not follower.adopt(part)

    def take_rescued(self) -> None:
        """What the last process rescued, once what it had read is adopted."""
        for name, rescued in self.rescue.generations.items():
            follower = self.find(name)
            if follower is None:
                header = rescued.segments[0].header
                position = header.position
                follower = self._follow(name, Progress(header.file, position, position.offset))
                self._gaps.begin_at(follower, position)
            # Wherever its file was, its copy is the last there is of it, and read to its end.
            self._elsewhere.pop(name, None)
            self.followers[name] = follower
            follower.take_rescued(rescued)
        for lost in self.rescue.lost:
            if lost.generation not in self.followers:
                self._gaps.of_nobody(lost.path, lost.size_bytes, GapReason.RESCUE_DAMAGED)

    def close(self) -> None:
        """Close all files."""
        for follower in self.followers.values():
            follower.close()

    @property
    def waiting(self) -> list[LogFile]:
        """Files without a whole line so far, as of the last look."""
        return self._sightings.waiting

    @property
    def unread_bytes(self) -> int:
        followed = sum(follower.unread_bytes for follower in self.followers.values())
        return followed + sum(self._sightings.begun.values())

    @property
    def unfinished(self) -> dict[str, int]:
        """Files that end within a line, and how many bytes of it they have."""
        torn = {each.file.path: each.unfinished_bytes for each in self.followers.values()}
        return self._sightings.begun | {path: size for path, size in torn.items() if size}

    @property
    def sizes(self) -> dict[str, int]:
        """
        What the last look saw of every file that is not all stored, in bytes by generation; of
        those under folders that are not followed at present what is in flight.
        """
        seen = {
            name: follower.size
            for name, follower in self.followers.items()
            if follower.position.offset < follower.size or follower.position.groups
        }
        return seen | {name: each.head.offset for name, each in self._leaving().items()}

    def waits(self, name: str, size: int) -> bool:
        """Whether a file that is not gone has lines before `size` to be stored."""
        follower = self.find(name)
        return follower is not None and follower.waits(size)

    def hidden_by(self, name: str) -> str | None:
        """The path that can't be read at present, and a followed file may still be under it."""
        follower = self.find(name)
        return None if follower is None else self._hidden_by(follower.file.path)

    def find(self, generation: str) -> Follower | None:
        """Whoever knows what of a file is in flight, followed at present or not."""
        return self.followers.get(generation) or self._elsewhere.get(generation)

    @property
    def in_flight(self) -> bool:
        """Whether anything of any file is on its way to the collector."""
        followers = chain(self.followers.values(), self._elsewhere.values())
        return any(each.ranges for each in followers)

    @property
    def pieces_open(self) -> int:
        return sum(progress.position.pieces_open for progress in self.state().files.values())

    def state(self) -> State:
        """What goes into the checkpoint."""
        return State(
            {name: follower.progress() for name, follower in self._all().items()},
            self._gaps.ledger,
            accounts=self.accounts.by_container,
            identities=self._identities.book,
            packed=self._sightings.packed,
        )

    @property
    def names_given(self) -> frozenset[str]:
        """The generations of plain files, whose names nothing but the checkpoint can tell again."""
        return frozenset(self._identities.book.generations)

    def balances(self) -> list[Balance]:
        """The books of every container, as of now."""
        return balances_of((self.followers | self._leaving()).values())

    def forget_name(self, path: str) -> None:
        """Look at this file again: it turned out to be another one."""
        self._sightings.forget(path)

    def cannot_read(self, path: str, reason: str) -> None:
        """Until the next look this file or folder counts as unreadable."""
        self.unreadable[path] = reason
        events.reading.read_failed(path, reason)

    def failed(self, path: str, error: OSError) -> None:
        """It is told of this file, and stops nothing else."""
        self.cannot_read(path, error.strerror or str(error))

    def hidden(self, path: str) -> bool:
        """Whether a file may still be there, under a path that can't be read at present."""
        return self._hidden_by(path) is not None

    def _hidden_by(self, path: str) -> str | None:
        above = (each for each in self.unreadable if path == each or path.startswith(f"{each}/"))
        return next(above, None)

    def _meet(self, sighting: Sighting, file: LogFile, now: float) -> None:
        """A file that nobody knew is open before the next one is looked at."""
        if sighting.generation not in self.followers:
            self._found(sighting.generation, file, sighting.size, now)

    def _found(self, name: str, file: LogFile, size: int, now: float) -> None:
        follower = self.followers.get(name)
        if follower is None:
            known = self._elsewhere.pop(name, None)
            follower = self.followers[name] = known or self._new(name, Progress(file))
            self.keeping.changed = True  # a file that goes unseen is missed only if it was known
        try:
            self._take_in(name, follower, file, size, now)
        except OSError as error:
            follower.close()  # its name is there to open it again
            self.failed(file.path, error)

    def _take_in(self, name: str, follower: Follower, file: LogFile, size: int, now: float) -> None:
        size += follower.head.cut_bytes
        if _is_shorter_copy(follower, size):
            self._leave(name, follower, now)
            return
        # A crash must not leave a rotated name of a file that is live again, or the reverse: what
        # may have been written to it unseen is told by its name.
        self.keeping.changed = self.keeping.changed or follower.file.path != file.path
        follower.file = file
        if size != follower.size or follower.cut or file.path in self._sightings.written:
            size = self._compare(follower, size)
        follower.found(file, size, now)
        if follower.opened is None and should_be_open(follower, now):
            with self._telling(follower):
                follower.hold()

    def _compare(self, follower: Follower, size: int) -> int:
        """The size of a file that was written to, and perhaps cut off before that."""
        with self._telling(follower):
            if size > follower.head.offset or is_live(follower.file):
                follower.hold()  # before it is known to have grown: it may have begun anew
            if see_cut(follower, size):
                return go_on_behind_cut(follower, size, self._gaps)
        if follower.cut:
            return follower.size
        if size < follower.size:
            self._gaps.of(follower, max(size, follower.read_or_ahead), follower.size)
            follower.cut_off(size)
        return size

    @contextmanager
    def _telling(self, follower: Follower) -> Iterator[None]:
        """What goes wrong with its file is another look's matter."""
        try:
            yield
        except FileChangedError:
            self.forget_name(follower.file.path)
        except FileNotFoundError:
            self.saw_everything = False  # renamed since: the next look tells
        except OSError as error:
            self.failed(follower.file.path, error)

    def _follow(self, name: str, progress: Progress) -> Follower:
        covered = self._source.covers(progress.file.path)
        follower = self._new(name, progress)
        (self.followers if covered else self._elsewhere)[name] = follower
        return follower

    def _new(self, name: str, progress: Progress) -> Follower:
        account = self.accounts.of(progress.file)
        return Follower(name, progress, account, self._open, self._clock.now)

    def _all(self) -> dict[str, Follower]:
        return self._elsewhere | self.followers

    def _leaving(self) -> dict[str, Follower]:
        return {name: each for name, each in self._elsewhere.items() if each.ranges}

    def _open(self, file: LogFile, name: str) -> OpenedLog:
        holds = self._identities.holds if file.layout is Layout.PLAIN else None
        followers = self.followers.values()
        return self.descriptors.open_log(followers, lambda: OpenedLog(file, name, holds))

    def _drop_gone(self, found: Container[str], now: float) -> None:
        for name, follower in list(self.followers.items()):
            if name not in found and not self.hidden(follower.file.path):
                self._leave(name, follower, now)

    def _end_restarted(self, found: dict[str, LogFile]) -> None:
        """Nobody writes to the log of a container that has started again since."""
        last = last_restarts(found.values())
        for name, file in found.items():
            if name in self.followers and file.container.restart < last.get(container_of(file), 0):
                self.followers[name].ended = True

    def _leave(self, name: str, follower: Follower, now: float) -> None:
        follower.missed_looks += 1
        try:
            left = self.keeping.leave(follower, now)
        except OSError as error:
            self.failed(follower.file.path, error)
            return
        if left and not self.in_outbox(name):
            del self.followers[name]
            self.keeping.changed = True
        elif self.keeping.missing(follower):
            self.saw_everything = False

    def _poll(self, follower: Follower, now: float) -> None:
        try:
            follower.poll(now)
        except OSError as error:
            self.failed(follower.file.path, error)
            return
        if follower.nameless:
            self.keeping.poll(follower)

    def _give_up_rescued(self, name: str) -> None:
        if (follower := self.followers.get(name)) is not None:
            self.keeping.give_up_copy(follower)

    def _tell_skipped_restarts(self, found: Iterable[LogFile]) -> None:
        """Once, at the first look that saw everything."""
        if self._restarts_told or not self.saw_everything or self.unreadable:
            return
        for file in self._restarts.skipped(found):
            self._gaps.note(file, 0, 0, GapReason.UNSEEN, self.accounts.of(file))
        self._restarts_told = True


def _is_shorter_copy(follower: Follower, size: int) -> bool:
    """Whether what a look found lacks what is held of the file, which has no name any more."""
    if size >= follower.size or not (follower.rescued or follower.lost_name()):
        return False
    opened = follower.opened
    return opened is None or not opened.grows or size < opened.size
