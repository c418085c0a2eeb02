"""`clew quarantine`: lines that the schema refused, and what becomes of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from clew.cli.asking import Answers, open_answers, with_source
from clew.cli.choosing import chosen, with_choice
from clew.cli.quarantine_changes import purge, replay
from clew.cli.terminal import Terminal, quiet_end
from clew.schema.fields import TIMESTAMP, TRACE, TRANSACTION
from clew.transaction.steps import service_of
from clew.transaction.texts import counted, moment, printable

PAGE_LINES = 100
"""Quarantined lines may be long ones: a page of them is smaller than one of a search."""

_PLACES = (
    ("namespace", "kubernetes.namespace"),
    ("pod", "kubernetes.pod.name"),
    ("container", "kubernetes.container.name"),
    ("restart", "kubernetes.container.restart"),
    ("node", "kubernetes.node.name"),
    ("stream", "stream"),
    ("file", "log.file.path"),
    ("offset", "log.offset"),
)


@click.group()
def quarantine() -> None:
    """
    Look at lines that the schema refused, and bring them back.

    \b
    Examples:
      clew quarantine list --service payment --since 24h
      clew quarantine replay --reason duplicate_key --dry-run
    """


@quarantine.command("list")
@with_choice
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="At most so many lines; 0 is all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@with_source
def list_lines(
    *,
    limit: int,
    as_json: bool,
    url: str,
    token_file: Path | None,
    data: Path | None,
    **options: Any,
) -> None:
    """
    List quarantined lines, the newest first, and how many there are of which.

    Exits with 1 where there is none. With --json standard error has the counts.

    \b
    Examples:
      clew quarantine list
      clew quarantine list --service payment --since 24h --limit 100
      clew quarantine list --reason invalid_json --limit 0 --json | jq -r '.["event.original"]'
    """
    answers = open_answers(url, token_file, data)
    try:
        with quiet_end():
            total = _list(answers, chosen(options), limit, as_json=as_json)
    finally:
        answers.close()
    if not total:
        click.echo("clew: no such line is in quarantine", err=True)
        sys.exit(1)


def _list(answers: Answers, choice: dict[str, Any], limit: int, *, as_json: bool) -> int:
    """Print what is there; how many lines that is in all."""
    terminal, total = Terminal(), 0
    for number, page in enumerate(_pages(answers, choice, limit)):
        if number == 0:
            total = page["total"]
            _print_counts(page, terminal, err=as_json)
        for line in page["lines"]:
            if as_json:
                click.echo(json.dumps(line, ensure_ascii=False))
            else:
                _print_row(line, terminal)
    return total


def _pages(answers: Answers, choice: dict[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    left, after = limit, ""
    while True:
        size = min(left, PAGE_LINES) if limit else PAGE_LINES
        page = answers.quarantine({**choice, "limit": size, "after": after})
        yield page
        left -= len(page["lines"])
        after = page["next"]
        if not after or (limit and left <= 0):
            return


def _print_counts(page: dict[str, Any], terminal: Terminal, *, err: bool) -> None:
    if not page["total"]:
        return
    said = [terminal.style(f"{counted(page['total'], 'line')} in quarantine", bold=True)]
    for name in ("reasons", "services", "fields"):
        if page[name]:
            parts = (f"{printable(each['value'])} {each['count']:,}" for each in page[name])
            said.append(f"  {name.ljust(9)} {', '.join(parts)}")
    for line in said:
        if err:
            click.echo(click.unstyle(line), err=True)
        else:
            terminal.say(line)
    if not err:
        terminal.say()


def _print_row(line: dict[str, Any], terminal: Terminal) -> None:
    """Its ID on a line of its own: that is what `show` is given."""
    name, reason = printable(service_of(line)), printable(str(line.get("clew.reason", "")))
    at_fault = printable(str(line.get("clew.field") or ""))
    why = f"{reason} ({at_fault})" if at_fault else reason
    identifier = printable(str(line.get(TRANSACTION) or line.get(TRACE) or ""))
    parts = (
        moment(line[TIMESTAMP]),
        terminal.service(name),
        terminal.style(why, fg="yellow"),
        terminal.style(f"({identifier})", dim=True) if identifier else "",
    )
    terminal.say(" ".join(part for part in parts if part))
    text = printable(str(line.get("event.original", ""))).replace("\n", "⏎")
    terminal.say(f"  {terminal.cut(text, 2)}")
    terminal.say(terminal.style(f"  {printable(line['id'])}", dim=True))


@quarantine.command()
@click.argument("identifier", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--raw", is_flag=True, help="Write the exact bytes of the line, and nothing else.")
@with_source
def show(
    identifier: str,
    *,
    as_json: bool,
    raw: bool,
    url: str,
    token_file: Path | None,
    data: Path | None,
) -> None:
    """
    Show one quarantined line: why it is there, what to do, and where it stood.

    The ID is one that `clew quarantine list` prints. Control characters are made visible; --raw
    writes them as they are, into a file or a pipe. Exits with 1 where no line has the ID.

    \b
    Examples:
      clew quarantine show d2xk4m6q7a5jzp3v-000000000a2f
      clew quarantine show d2xk4m6q7a5jzp3v-000000000a2f --raw | hexdump -C
    """
    if raw and as_json:
        raise click.UsageError("--raw has no JSON around it: not both")
    if raw and sys.stdout.isatty():
        raise click.UsageError("--raw may have codes in it that a terminal obeys: use a pipe")
    answers = open_answers(url, token_file, data)
    try:
        about = answers.quarantined(identifier)
    finally:
        answers.close()
    if about is None:
        click.echo(f"clew: no quarantined line has the ID {identifier!r}", err=True)
        sys.exit(1)
    with quiet_end():
        if raw:
            sys.stdout.buffer.write(_bytes_of(about["line"]))
        elif as_json:
            click.echo(json.dumps(about, ensure_ascii=False))
        else:
            _print_line(about, Terminal())


def _bytes_of(line: Mapping[str, Any]) -> bytes:
    from clew.answers.quarantine import content_of
    from clew.runtime.errors import ClewError

    content = content_of(dict(line))
    if content is None:
        raise ClewError("what is kept of this line can't be read")
    return content


def _print_line(about: dict[str, Any], terminal: Terminal) -> None:
    line = about["line"]
    why = [about["reason"], about["field"], about["detail"]]
    head = " · ".join(printable(each) for each in why if each)
    name = terminal.service(printable(service_of(line)))
    terminal.say(f"{moment(line[TIMESTAMP])} {name}")
    terminal.say(terminal.style(f"! {head}", fg="yellow", bold=True))
    terminal.say(f"  {about['remedy']}")
    terminal.say()
    terminal.say(printable(str(line.get("event.original", ""))))
    terminal.say()
    if about["kept"] == "record":
        note = "This is the record that was made of the line; the line itself did not come this far"
        terminal.say(terminal.style(note, dim=True))
    if "clew.raw" in line:
        terminal.say(terminal.style("It has bytes that are no text: see --raw", dim=True))
    _print_pairs("", [(each, line[field]) for each, field in _PLACES if field in line], terminal)
    _print_pairs("found in it: ", list(about["ids"].items()), terminal)


def _print_pairs(head: str, pairs: Sequence[tuple[str, Any]], terminal: Terminal) -> None:
    said = [f"{name} {printable(str(value))}" for name, value in pairs if str(value)]
    if said:
        terminal.say(head + " · ".join(said))


quarantine.add_command(replay)
quarantine.add_command(purge)
