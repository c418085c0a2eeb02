"""
One run of `clew lint` over its files.

Keeps true: what can't be read keeps nothing else from being read, and what was read is told in any
case, also where somebody ends it with Ctrl-C. Its exit code is 2 where something could not be read,
else 1 where a line violates the rules, else 0.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import click

from agent.framing.framed import FramedLines
from clew.cli.linting.findings import findings
from clew.cli.linting.inputs import Input, UnreadableError, path_name
from clew.cli.linting.judging import Judged, judge
from clew.cli.linting.layouts import Lines
from clew.cli.linting.progress import shown_progress
from clew.cli.linting.rows import faults, print_rows
from clew.cli.linting.rules import Rules
from clew.cli.linting.summary import print_summary
from clew.cli.linting.tally import Counts, Tally
from clew.cli.terminal import Terminal
from clew.schema.policy.enforcer import Enforcer
from clew.transaction.texts import counted, printable

ShowLines = Callable[[str, Judged, Enforcer | None], None]


class Reading:
    """The files of a run, one after the other. `show` is given every block of lines."""

    def __init__(self, rules: Rules, layout: str | None, most: int, show: ShowLines | None) -> None:
        """`layout` is what stands round the lines, or None where each file tells it."""
        self._rules, self._layout, self._show = rules, layout, show
        self.tally = Tally(most)
        self.files: dict[str, tuple[str, Counts]] = {}
        """The layout and the counts of each that could be opened."""
        self.unreadable: dict[str, str] = {}
        self.warnings: list[str] = []

    def read(self, path: str, told: Callable[[int], None]) -> None:
        """`told` is given the bytes of each read."""
        name, enforcer = path_name(path), self._rules.enforcer(path)
        lines, counts = Lines(self._layout), Counts()
        try:
            with Input(path, told) as opened:
                self.files[name] = ("plain", counts)
                for block in opened.lines():
                    framed = lines.quiet() if block is None else lines.take(block)
                    self._add(name, framed, counts, enforcer)
                    counts.physical = lines.physical
        except UnreadableError as error:
            self.unreadable[name] = str(error)
        except KeyboardInterrupt:
            self._close(name, lines, counts)
            raise
        if name in self.files:
            self._add(name, lines.end(), counts, enforcer)
            self._close(name, lines, counts)
            self.warnings.append(self._rules.warning(path))

    def _add(
        self, name: str, framed: FramedLines, counts: Counts, enforcer: Enforcer | None
    ) -> None:
        if not framed.offsets:
            return
        judged = judge(framed, enforcer)
        counts.add(judged)
        self.tally.add(name, judged, enforcer)
        if self._show is not None:
            self._show(name, judged, enforcer)

    def _close(self, name: str, lines: Lines, counts: Counts) -> None:
        self.files[name] = (lines.layout or "plain", counts)
        self.tally.counts.add_up(counts)
        if lines.torn:
            self.warnings.append(f"{name}: its last line has no end yet, and was left out")
        if not lines.physical and name not in self.unreadable:
            self.warnings.append(f"{name}: there is no line in it")


def run(
    paths: Sequence[str],
    rules: Rules,
    layout: str | None,
    most: int,
    *,
    canonical: bool,
    by_line: bool,
    as_json: bool,
) -> int:
    """The exit code, once everything is printed."""
    terminal = Terminal()

    def show(path: str, judged: Judged, enforcer: Enforcer | None) -> None:
        print_rows(faults(path, judged, enforcer), terminal, as_json=as_json)

    reading = Reading(rules, layout, most, show if by_line else None)
    try:
        with shown_progress(paths, hidden=by_line and terminal.interactive) as progress:
            for path in dict.fromkeys(paths):
                reading.read(path, progress.add)
    except KeyboardInterrupt:
        reading.warnings.append("stopped: nothing behind this was read")
    counts = reading.tally.counts
    if by_line:
        _print_counts(counts)
    else:
        found = findings(reading.files, reading.tally, reading.unreadable, rules.name)
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            print_summary(found, terminal, canonical=canonical)
    for said in [*reading.unreadable.values(), *filter(None, dict.fromkeys(reading.warnings))]:
        click.echo(f"clew: {printable(said)}", err=True)
    if reading.unreadable:
        return 2
    return 1 if counts.violating or (canonical and counts.translated) else 0


def _print_counts(counts: Counts) -> None:
    click.echo(
        f"{counted(counts.lines, 'line')}: {counts.canonical:,} canonical, "
        f"{counts.translated:,} translated, {counts.refused:,} refused",
        err=True,
    )
