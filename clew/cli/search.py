"""`clew search`: log lines, page by page, so that a million of them need no memory."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from clew.cli.asking import Answers, open_answers, with_source
from clew.cli.client import RefusedError
from clew.cli.decoding import decode_completeness
from clew.cli.terminal import Terminal, quiet_end
from clew.cli.times import time_option
from clew.schema.fields import SEVERITY, TIMESTAMP, TRACE, TRANSACTION
from clew.transaction.arrival import doubts, search_facts
from clew.transaction.failure import is_failure
from clew.transaction.steps import service_of
from clew.transaction.texts import moment, printable, said

PAGE_LINES = 1000
"""The most that the API gives at once."""


@click.command()
@click.argument("query")
@click.option(
    "--since", metavar="T", callback=time_option, help="From this time on: 15m, 2023-01-29."
)
@click.option("--until", metavar="T", callback=time_option, help="Before this time.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="At most so many lines; 0 is all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--quiet", "-q", is_flag=True, help="Do not say what may be missing.")
@with_source
def search(
    query: str,
    *,
    since: str | None,
    until: str | None,
    limit: int,
    as_json: bool,
    quiet: bool,
    url: str,
    token_file: Path | None,
    data: Path | None,
) -> None:
    """
    Find log lines, the newest first.

    Where some may be missing, since an agent is behind or lines were lost, standard error says so.
    Exits with 1 where no line matches, and with 2 where the query can't be read.

    \b
    Examples:
      clew search 'level:error service:payment' --since 15m
      clew search '"card refused"' --since 2023-01-29 --until 2023-01-30
      clew search 'status>=500' --limit 0 --json | jq -r .message
    """
    times = {name: time for name, time in (("since", since), ("until", until)) if time}
    answers = open_answers(url, token_file, data)
    show = _print_json if as_json else _printer(Terminal())
    found = Found(answers, {"query": query, **times}, limit)
    count = 0
    try:
        with quiet_end():
            for line in found.lines():
                show(line)
                count += 1
    except RefusedError as error:
        _print_mistake(query, error)
        sys.exit(2)
    finally:
        answers.close()
    if not count:
        click.echo("clew: no line matches", err=True)
    if not quiet and (missing := found.doubts()):
        click.echo(f"clew: some lines may be missing: {missing}", err=True)
    if not count:
        sys.exit(1)


class Found:
    """What a search finds, fetched a page at a time; `limit` 0 is all."""

    def __init__(self, answers: Answers, parameters: dict[str, Any], limit: int) -> None:
        self._answers, self._parameters, self._limit = answers, parameters, limit
        self._completeness: dict[str, Any] | None = None

    def lines(self) -> Iterator[dict[str, Any]]:
        """Lines as they come."""
        left, after = self._limit, ""
        while True:
            size = min(left, PAGE_LINES) if self._limit else PAGE_LINES
            wanted = {"limit": size, "histogram": "false", "after": after}
            page = self._answers.search(self._parameters | wanted)
            self._completeness = page.get("completeness") or self._completeness
            yield from page["lines"]
            left -= len(page["lines"])
            after = page["next"]
            if not after or (self._limit and left <= 0):
                return

    def doubts(self) -> str:
        """What may be missing from the lines, as the first page told; may be empty."""
        if self._completeness is None:  # of an older service
            return ""
        return doubts(search_facts(decode_completeness(self._completeness)))


def _print_json(line: dict[str, Any]) -> None:
    click.echo(json.dumps(line, ensure_ascii=False))


def _printer(terminal: Terminal) -> Callable[[dict[str, Any]], None]:
    def show(line: dict[str, Any]) -> None:
        name, level = printable(service_of(line)), printable(str(line.get("log.level") or ""))
        identifier = printable(str(line.get(TRANSACTION) or line.get(TRACE) or ""))
        head = f"{moment(line[TIMESTAMP])} "
        text = printable(said(line)).rstrip("\n")
        if line["quarantined"]:
            text = f"[quarantined: {line.get('clew.reason', 'refused')}] {text}"
        if not is_failure(line):
            text = terminal.cut(
                text.partition("\n")[0], len(head) + len(name) + len(identifier) + 11
            )
        parts = (
            head + terminal.service(name),
            terminal.level(line.get(SEVERITY) or 0, level.ljust(5)),
            text,
            terminal.style(f"({identifier})", dim=True) if identifier else "",
        )
        terminal.say(" ".join(part for part in parts if part))

    return show


def _print_mistake(query: str, error: RefusedError) -> None:
    """The query with a caret under the character at fault, and what is wrong with it."""
    if error.position is not None:
        click.echo(f"  {printable(query).replace(chr(10), ' ')}", err=True)
        click.echo(f"  {' ' * error.position}^", err=True)
    hint = f" Did you mean `{printable(error.suggestion)}`?" if error.suggestion else ""
    click.echo(f"clew: {printable(error.message)}.{hint}", err=True)
