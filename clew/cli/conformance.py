"""`clew conformance`: how well each service logs, or one of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from clew.cli.asking import open_answers, with_source
from clew.cli.terminal import Terminal, quiet_end
from clew.cli.times import time_option
from clew.transaction.texts import counted, moment, percent, printable, said

_HEAD = ("SERVICE", "LINES", "CANONICAL", "CHANGE", "TRANSLATED", "REFUSED", "WANTING", "TRACE")


@click.command()
@click.argument("service", required=False)
@click.option(
    "--since",
    metavar="T",
    callback=time_option,
    help="From this time on; a day before its end if not given.",
)
@click.option("--until", metavar="T", callback=time_option, help="Before this time.")
@click.option("--namespace", metavar="NAME", help="Lines of this namespace only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_source
def conformance(
    service: str | None,
    *,
    since: str | None,
    until: str | None,
    namespace: str | None,
    as_json: bool,
    url: str,
    token_file: Path | None,
    data: Path | None,
) -> None:
    """
    Say how much of what each service logs is canonical, and what is wrong with the rest.

    With a SERVICE: what of it offends most, with a line that does, and what to do about it. Exits
    with 1 where there is no line in this time.

    \b
    Examples:
      clew conformance --since 7d
      clew conformance payment
      clew conformance --json | jq '.services[] | select(.quarantined > 0) | .service'
    """
    given = {"since": since, "until": until, "namespace": namespace}
    parameters = {name: value for name, value in given.items() if value}
    answers = open_answers(url, token_file, data)
    try:
        if service is None:
            answer: dict[str, Any] | None = answers.conformance(parameters)
        else:
            answer = answers.service_conformance(service, parameters)
    finally:
        answers.close()
    if answer is None or answer.get("services") == []:
        whose = "no service has" if service is None else f"the service {service!r} has no"
        click.echo(f"clew: {whose} a line in this time".replace("no a", "no"), err=True)
        sys.exit(1)
    with quiet_end():
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        elif service is None:
            _print_board(answer, Terminal())
        else:
            _print_service(answer, Terminal())


def _print_board(answer: dict[str, Any], terminal: Terminal) -> None:
    rows = [_HEAD, *(_cells(each) for each in answer["services"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    terminal.say(terminal.style(_aligned(_HEAD, widths), dim=True))
    for each, row in zip(answer["services"], rows[1:], strict=True):
        name = terminal.service(row[0], row[0].ljust(widths[0]))
        text = "  ".join([name, *_padded(row, widths)[1:]])
        terminal.say(f"{text}{_wrong(each, terminal)}")
    if answer["cut"]:
        click.echo("clew: there are more services: narrow the list with --namespace", err=True)


def _cells(each: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        printable(each["service"]),
        f"{each['lines']:,}",
        _share(each, "canonical"),
        _change(each),
        _share(each, "translated"),
        f"{each['quarantined']:,}" if each["quarantined"] else "",
        f"{each['violating']:,}" if each["violating"] else "",
        _share(each, "with_trace"),
    )


def _wrong(each: Mapping[str, Any], terminal: Terminal) -> str:
    """What is wrong, in the order of how often."""
    found = {**each["reasons"], **each["violations"]}
    named = sorted(found.items(), key=lambda pair: -pair[1])[:3]
    text = ", ".join(f"{printable(name)} {number:,}" for name, number in named)
    return terminal.style(f"  {text}", fg="yellow") if text else ""


def _share(each: Mapping[str, Any], name: str) -> str:
    return percent(each[name] / each["lines"]) if each["lines"] else ""


def _change(each: Mapping[str, Any]) -> str:
    """Of the canonical share, in percentage points; empty where nothing was said before."""
    before = each["before"]
    if not before["lines"] or not each["lines"]:
        return ""
    points = 100 * (each["canonical"] / each["lines"] - before["canonical"] / before["lines"])
    return f"{points:+.1f}"


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(_padded(row, widths)).rstrip()


def _print_service(answer: dict[str, Any], terminal: Terminal) -> None:
    terminal.say(terminal.style(printable(answer["service"]), bold=True))
    change = _change(answer)
    facts = [
        counted(answer["lines"], "line"),
        f"{_share(answer, 'canonical')} canonical" + (f" ({change} points)" if change else ""),
        f"{_share(answer, 'with_trace')} with a trace",
        f"{_share(answer, 'with_transaction')} with a transaction",
    ]
    terminal.say(f"  {' · '.join(facts)}")
    for title, name in (("translated from", "dialects"), ("quarantined for", "reasons")):
        if answer[name]:
            terminal.say(f"  {title}: {_counts(answer[name])}")
    if answer["violations"]:
        terminal.say(f"  found wanting: {_counts(answer['violations'])}")
    for each in answer["remedies"]:
        terminal.say()
        head = f"! {printable(each['reason'])} · {counted(each['lines'], 'line')}"
        terminal.say(terminal.style(head, fg="yellow", bold=True))
        terminal.say(f"  {each['remedy']}")
    for title, name in (("field", "offending_fields"), ("logger", "offending_loggers")):
        for each in answer[name]:
            terminal.say()
            _print_offender(title, each, terminal)


def _counts(found: Mapping[str, int]) -> str:
    ordered = sorted(found.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{printable(name)} {number:,}" for name, number in ordered)


def _print_offender(title: str, each: Mapping[str, Any], terminal: Terminal) -> None:
    lines = counted(each["lines"], "line")
    terminal.say(f"{title} {printable(each['name'])} · {lines} · {printable(each['what'])}")
    sample = each["sample"]
    if sample is not None:
        text = printable(said(sample)).partition("\n")[0]
        when = moment(sample["@timestamp"])
        terminal.say(f"  {when} {terminal.cut(text, len(when) + 3)}")
