"""
The ladder: which lines are left out on purpose while the backlog is too large.

    limit of a rung        ------------------ reached: it and all rungs before it come into force
    release_share of it    - - - - - - - - -  below, in all its limits: it goes out of force

Keeps true, whatever the configuration says: a line that tells of a failure is never left out, nor a
quarantined one, nor a line with the ID of a transaction or trace that this node has seen a failure
of, nor anything of the namespaces named in `never`. Without rungs no line is looked at.

What is left out is said to the caller, who counts it when the range it stood in is stored: the
outbox holds what was decided, so nothing is decided twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import NamedTuple, Protocol

from agent.shedding.config import MEASURES, RungConfig, SheddingConfig
from agent.shedding.kinds import KIND_OF, SEVERITIES, WITH_ID, Kind, failures
from agent.shedding.namespaces import named
from agent.shedding.seen_errors import SeenErrors
from agent.shedding.spans import ShedSpan
from clew.runtime.clock import Clock
from clew.schema.line import Flag

_QUARANTINED = int(Flag.QUARANTINED)  # a Flag computes in Python, a number in C
_TABLES_KEPT = 4096
"""Namespaces whose table is kept; a node has a few dozen, and an import at most some hundreds."""


class Backlog(NamedTuple):
    """
    What waits on a node.

    What a rate limit holds back is none of it: it was asked for, and no load.
    """

    unread_bytes: int
    """Bytes of followed files that are not read yet."""
    behind_seconds: float
    """Seconds that the oldest of them may have waited."""
    kept_share: float
    """Of the container that is worst off, unread bytes as a share of what the kubelet keeps."""

    @classmethod
    def measure(cls, unread: Iterable[int], behind_seconds: float, kept_bytes: int) -> Backlog:
        """Out of the unread bytes of each container."""
        each = list(unread)
        return cls(sum(each), behind_seconds, max(each, default=0) / kept_bytes)


class Columns(Protocol):
    """What the ladder looks at in `Lines`: one element a line; an empty text is no ID."""

    @property
    def jsons(self) -> Sequence[bytes]: ...
    @property
    def severities(self) -> Sequence[int]: ...
    @property
    def flags(self) -> Sequence[int]: ...
    @property
    def transactions(self) -> Sequence[str]: ...
    @property
    def traces(self) -> Sequence[str]: ...


class LeftOut(NamedTuple):
    """The places of lines that are left out, in order, and for each its rung and its kind."""

    places: Sequence[int]
    rungs: Sequence[str]
    kinds: Sequence[Kind]

    def kept(self, lines: int) -> bytes:
        """A 1 for each of so many lines that stays, for `itertools.compress`; else a 0."""
        mask = bytearray(b"\x01") * lines
        for place in self.places:
            mask[place] = 0
        return bytes(mask)

    def spans(
        self, container: str, path: str, times: Sequence[int], contents: Sequence[bytes]
    ) -> list[ShedSpan]:
        """The record of it, one for each rung and kind, out of the columns of the framed lines."""
        grouped: dict[tuple[str, Kind], list[int]] = {}
        for place, rung, kind in zip(self.places, self.rungs, self.kinds, strict=True):
            grouped.setdefault((rung, kind), []).append(place)
        return [
            ShedSpan(
                container=container,
                path=path,
                rung=rung,
                kind=kind,
                first=min(times[place] for place in places),
                last=max(times[place] for place in places),
                lines=len(places),
                bytes=sum(len(contents[place]) for place in places),
            )
            for (rung, kind), places in grouped.items()
        ]


NOTHING = LeftOut((), (), ())


class Ladder:
    """One for all containers of a node; used by one thread."""

    def __init__(
        self, rungs: Sequence[RungConfig], never: Sequence[str], seen_errors: int, clock: Clock
    ) -> None:
        self._rungs, self._never, self._clock = rungs, never, clock
        self._seen = SeenErrors(seen_errors)
        self._level = 0
        self._tables: dict[str, bytes] = {}
        self.since = clock.now()
        """Unix nanoseconds: when the rungs in force changed last."""

    @classmethod
    def build(cls, config: SheddingConfig, clock: Clock) -> Ladder:
        return cls(config.ladder, config.never, config.seen_errors, clock)

    @property
    def has_rungs(self) -> bool:
        return bool(self._rungs)

    @property
    def in_force(self) -> list[str]:
        """The names of the rungs in force, in their order."""
        return [rung.name for rung in self._rungs[: self._level]]

    def update(self, backlog: Backlog) -> bool:
        """Learn how much waits now; whether other rungs are in force than before."""
        holding = [
            number
            for number, rung in enumerate(self._rungs, 1)
            if _reached(rung, backlog, rung.release_share if number <= self._level else 1.0)
        ]
        level = max(holding, default=0)
        if level == self._level:
            return False
        self._level, self.since = level, self._clock.now()
        self._tables.clear()
        return True

    def shed(self, lines: Columns, namespace: str) -> LeftOut:
        """What is left out of the lines of a chunk, after their failures were noted."""
        if not self._rungs:
            return NOTHING
        severities = bytes(lines.severities)
        failed = failures(severities, lines.jsons)
        for place in failed:
            self._seen.add((lines.transactions[place], lines.traces[place]))
        if not self._level:
            return NOTHING
        marks = severities.translate(self._table(namespace))
        if marks.count(0) == len(marks):
            return NOTHING
        places = [
            place
            for place in compress(range(len(marks)), marks)
            if place not in failed and self._may_go(lines, place)
        ]
        rungs = [self._rungs[marks[place] - 1].name for place in places]
        return LeftOut(places, rungs, [KIND_OF[severities[place]] for place in places])

    def _may_go(self, lines: Columns, place: int) -> bool:
        """Whether a line whose severity is shed may be left out, by its flags and its IDs."""
        if lines.flags[place] & _QUARANTINED:
            return False
        transaction, trace = lines.transactions[place], lines.traces[place]
        if not transaction and not trace:
            return True
        if lines.severities[place] not in WITH_ID:
            return False
        return not (self._seen.has(transaction) or self._seen.has(trace))

    def _table(self, namespace: str) -> bytes:
        """Severity -> the number of the first rung in force that sheds it there, or 0."""
        table = self._tables.get(namespace)
        if table is None:
            if len(self._tables) >= _TABLES_KEPT:
                self._tables.clear()
            table = self._tables[namespace] = self._build_table(namespace)
        return table

    def _build_table(self, namespace: str) -> bytes:
        table = bytearray(256)
        if named(namespace, self._never):
            return bytes(table)
        for number, rung in enumerate(self._rungs[: self._level], 1):
            if named(namespace, rung.namespaces):
                for severity in (each for kind in rung.shed for each in SEVERITIES[kind]):
                    table[severity] = table[severity] or number
        return bytes(table)


def _reached(rung: RungConfig, backlog: Backlog, share: float) -> bool:
    """Whether the backlog has come to a share of one of the rung's limits."""
    return any(
        getattr(backlog, MEASURES[name]) >= limit * share for name, limit in rung.limits.items()
    )
