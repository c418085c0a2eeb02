"""
What was found in lines: how many there are of everything, and a few samples.

Keeps true: it grows with the number of different findings, which is bounded, and not with the
number of lines. Every line is in exactly one of canonical, translated and refused.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from clew.cli.linting.judging import QUARANTINED, Judged, details
from clew.schema.dialects.catalog import CANONICAL, NAMES, NONE
from clew.schema.line import NO_SERVICE, NO_TIMESTAMP
from clew.schema.policy.enforcer import Enforcer
from clew.schema.uncanonical import why_uncanonical
from clew.transaction.texts import printable

SAMPLE_CHARACTERS = 1000
"""More than fits on a screen's line, and enough to see what it is."""

MOST_KINDS = 1000
"""Kinds of findings that are told apart: a field's name may come out of a line, and be anything."""


OTHERS = "(other fields)"
"""What stands for all fields that came after so many; each reason has one."""


class Sample(NamedTuple):
    """The beginning of a line, without anything that moves a terminal's cursor."""

    file: str
    line: int
    text: str
    detail: str


@dataclass(slots=True)
class Finding:
    """What is wrong with some lines: the first of them, and a few samples."""

    lines: int = 0
    first: tuple[str, int] = ("", 0)
    samples: list[Sample] = field(default_factory=list)


@dataclass(slots=True)
class Counts:
    """Of a file, or of all; `physical` lines are those that stand in it."""

    physical: int = 0
    lines: int = 0
    canonical: int = 0
    translated: int = 0
    refused: int = 0
    violating: int = 0
    with_trace: int = 0
    with_transaction: int = 0
    without_time: int = 0
    without_level: int = 0
    without_service: int = 0

    def add(self, judged: Judged) -> None:
        lines = judged.lines
        count = len(lines.flags)
        refused = lines.dialects.count(NONE)
        canonical = lines.dialects.count(CANONICAL)
        flags = Counter(lines.flags)
        self.lines += count
        self.canonical += canonical
        self.refused += refused
        self.translated += count - refused - canonical
        self.violating += len(lines.violations)
        self.with_trace += count - lines.traces.count("")
        self.with_transaction += count - lines.transactions.count("")
        self.without_time += _with(NO_TIMESTAMP, flags)
        self.without_service += _with(NO_SERVICE, flags)
        self.without_level += lines.severities.count(0) - _refused_without_level(judged)

    def add_up(self, other: Counts) -> None:
        for name in Counts.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def _with(flag: int, flags: Counter[int]) -> int:
    """How many lines that are records have a flag."""
    return sum(n for each, n in flags.items() if each & flag and not each & QUARANTINED)


def _refused_without_level(judged: Judged) -> int:
    lines = judged.lines
    if NONE not in lines.dialects:
        return 0
    both = zip(lines.dialects, lines.severities, strict=True)
    return sum(dialect == NONE and severity == 0 for dialect, severity in both)


class Tally:
    """All that was read. `most` is how many samples there are of each finding."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.counts = Counts()
        self.violations: dict[tuple[str, str], Finding] = {}
        """By reason and field."""
        self.dialects: dict[str, Finding] = {}

    def add(self, file: str, judged: Judged, enforcer: Enforcer | None) -> None:
        """The lines of a block; counting them in files is up to the caller."""
        for place in sorted(judged.lines.violations):
            self._add_violations(file, judged, place, enforcer)
        for dialect, count in Counter(judged.dialects).items():
            if dialect not in (CANONICAL, NONE):
                self._add_dialect(file, judged, dialect, count)

    def _add_violations(
        self, file: str, judged: Judged, place: int, enforcer: Enforcer | None
    ) -> None:
        said: dict[str, str] | None = None
        for violation in judged.lines.violations[place]:
            reason, _, name = violation.partition(":")
            finding = self._finding(reason, name)
            finding.lines += 1
            if finding.lines == 1:
                finding.first = file, judged.numbers[place]
            if len(finding.samples) < self._most:
                said = details(judged, place, enforcer) if said is None else said
                finding.samples.append(_sample(file, judged, place, said.get(violation, "")))

    def _finding(self, reason: str, name: str) -> Finding:
        kind = reason, name
        if kind not in self.violations and len(self.violations) >= MOST_KINDS:
            kind = reason, OTHERS
        return self.violations.setdefault(kind, Finding())

    def _add_dialect(self, file: str, judged: Judged, dialect: int, count: int) -> None:
        finding = self.dialects.setdefault(NAMES[dialect], Finding())
        finding.lines += count
        place = -1
        while len(finding.samples) < self._most or not finding.first[0]:
            try:
                place = judged.dialects.index(dialect, place + 1)
            except ValueError:
                return
            if not finding.first[0]:
                finding.first = file, judged.numbers[place]
            if len(finding.samples) < self._most:
                why = why_uncanonical(judged.contents[place])
                finding.samples.append(_sample(file, judged, place, why))


def _sample(file: str, judged: Judged, place: int, detail: str) -> Sample:
    return Sample(file, judged.numbers[place], shown(judged.contents[place]), printable(detail))


def shown(content: bytes) -> str:
    """The beginning of a line, harmless on any terminal."""
    # A character is at most four bytes, and one that is none becomes four of them.
    text = content[: 4 * SAMPLE_CHARACTERS].decode(errors="backslashreplace")
    cut = len(text) > SAMPLE_CHARACTERS or len(content) > 4 * SAMPLE_CHARACTERS
    return printable(text[:SAMPLE_CHARACTERS]) + ("…" if cut else "")
