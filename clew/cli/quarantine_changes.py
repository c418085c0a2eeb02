"""`clew quarantine replay` and `purge`: step after step, until no line is left to look at."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from clew.cli.asking import Answers, Kind, open_answers, with_source
from clew.cli.choosing import chosen, with_choice
from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import format_rfc3339
from clew.transaction.texts import counted, printable


@click.command()
@click.argument("identifiers", metavar="[ID]...", nargs=-1)
@with_choice
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_source
def replay(
    identifiers: tuple[str, ...],
    *,
    dry_run: bool,
    as_json: bool,
    url: str,
    token_file: Path | None,
    data: Path | None,
    **options: Any,
) -> None:
    """
    Read quarantined lines by today's rules, and move those that pass into the logs.

    They keep their IDs, times and places. What is still refused stays, and is told by its reason;
    to replay it once more changes nothing. Exits with 1 where no such line is in quarantine.

    \b
    Examples:
      clew quarantine replay --dry-run
      clew quarantine replay --service payment --reason duplicate_key
      clew quarantine replay d2xk4m6q7a5jzp3v-000000000a2f
    """
    answers = open_answers(url, token_file, data)
    try:
        asked = _asked(identifiers, options, dry_run=dry_run)
        change = Change(answers, "replay", asked)
        change.run(hidden=as_json)
    finally:
        answers.close()
    _end(change, "replayed", as_json=as_json)


@click.command()
@click.argument("identifiers", metavar="[ID]...", nargs=-1)
@with_choice
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_source
def purge(
    identifiers: tuple[str, ...],
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    url: str,
    token_file: Path | None,
    data: Path | None,
    **options: Any,
) -> None:
    """
    Delete quarantined lines for ever.

    It asks before, on a terminal; elsewhere it needs --yes. Exits with 1 where no such line is in
    quarantine.

    \b
    Examples:
      clew quarantine purge --until 30d --dry-run
      clew quarantine purge --service payment --until 2023-01-29 --yes
    """
    if not (dry_run or yes or sys.stdin.isatty()):
        raise click.UsageError("nobody can be asked here: say --yes, or look with --dry-run")
    answers = open_answers(url, token_file, data)
    try:
        asked = _asked(identifiers, options, dry_run=dry_run)
        if not (dry_run or yes):
            _confirm(answers, asked)
        change = Change(answers, "purge", asked)
        change.run(hidden=as_json)
    finally:
        answers.close()
    _end(change, "deleted", as_json=as_json)


class Change:
    """A change that was asked for, and what all of its steps did."""

    def __init__(self, answers: Answers, kind: Kind, asked: dict[str, Any]) -> None:
        self._answers, self._kind, self.asked = answers, kind, asked
        self.total = self.looked = 0
        self.done: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()

    def run(self, *, hidden: bool) -> None:
        """Step after step. Who stops it loses nothing: what was done is done."""
        after: str | None = ""
        with _bar(hidden=hidden) as show:
            while after is not None:
                step = self._answers.change_quarantine(self._kind, {**self.asked, "after": after})
                self.total = self.total or step["total"]
                self.looked += step["looked"]
                self.done.update(step["done"])
                self.kept.update(step["kept"])
                after = step["next"]
                show(self.looked, self.total)

    def as_json(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "done": dict(self.done),
            "kept": dict(self.kept),
            "dry_run": self.asked["dry_run"],
        }


@contextmanager
def _bar(*, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """Shows how many lines were looked at; only where somebody looks at a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    off = hidden or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=off) as progress:
        task = progress.add_task("", total=None)
        yield lambda looked, total: progress.update(task, completed=looked, total=total)


def _asked(
    identifiers: tuple[str, ...], options: dict[str, Any], *, dry_run: bool
) -> dict[str, Any]:
    """What every step is told. Lines that arrive from now on are not meant: it would never end."""
    choice = chosen(options)
    if identifiers:
        return {**choice, "ids": list(identifiers), "dry_run": dry_run}
    return {"until": format_rfc3339(SYSTEM_CLOCK.now()), **choice, "dry_run": dry_run}


def _confirm(answers: Answers, asked: dict[str, Any]) -> None:
    would = answers.change_quarantine("purge", {**asked, "dry_run": True, "after": ""})
    if would["total"]:
        lines = counted(would["total"], "quarantined line")
        click.confirm(f"Delete {lines} for ever?", abort=True, err=True)


def _end(change: Change, verb: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(change.as_json()))
    elif change.total:
        would = "would be " if change.asked["dry_run"] else ""
        click.echo(f"{counted(change.done.total(), 'line')} {would}{verb}{_by(change.done)}")
        if change.kept:
            one = change.kept.total() == 1
            stay = "would stay" if would else "stays" if one else "stay"
            click.echo(f"{counted(change.kept.total(), 'line')} {stay}{_by(change.kept)}")
    if not change.total:
        click.echo("clew: no such line is in quarantine", err=True)
        sys.exit(1)


def _by(reasons: Counter[str]) -> str:
    parts = [f"{printable(reason)} {number:,}" for reason, number in reasons.most_common()]
    return f": {', '.join(parts)}" if parts else ""
