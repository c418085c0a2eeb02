"""A transaction as text: the verdict first, then what is missing, then steps, then lines."""

from __future__ import annotations

from clew.cli.terminal import Terminal
from clew.schema.fields import SEVERITY, TIMESTAMP
from clew.schema.timestamps import parse_rfc3339
from clew.transaction.failure import is_failure
from clew.transaction.model import Line, Step, Transaction
from clew.transaction.sentences import (
    completeness_sentence,
    is_doubtful,
    node_sentence,
    told_again,
    verdict_sentence,
)
from clew.transaction.steps import service_of
from clew.transaction.texts import clock_time, counted, duration, moment, printable, said

SERVICE_COLUMNS, LEVEL_COLUMNS = 24, 7
"""Longer names are cut in the table of lines; the steps have them in full."""

_HEAD = ("#", "SERVICE", "POD", "START", "DURATION", "LINES", "ERRORS")


def print_transaction(transaction: Transaction, terminal: Terminal) -> None:
    _print_verdict(transaction, terminal)
    if transaction.hub:
        _print_traces(transaction, terminal)
        return
    terminal.say()
    _print_steps(transaction, terminal)
    _print_nodes(transaction, terminal)
    terminal.say()
    widths = _widths(transaction)
    for line in transaction.lines:
        _print_line(line, transaction, widths, terminal)


def _print_verdict(transaction: Transaction, terminal: Terminal) -> None:
    sentence = verdict_sentence(transaction)
    if transaction.verdict:
        colour, mark = "red", "✗ "
    elif transaction.hub:
        colour, mark = None, ""
    else:
        colour, mark = ("yellow", "! ") if is_doubtful(transaction) else ("green", "✓ ")
    terminal.say(terminal.style(printable(transaction.id), bold=True))
    terminal.say(terminal.style(mark + sentence, fg=colour, bold=True))
    if again := told_again(transaction):
        terminal.say(f"  {again}")
    start = moment(transaction.start) if transaction.start else ""
    facts = [start, counted(len(transaction.lines), "line"), completeness_sentence(transaction)]
    terminal.say(terminal.style(" · ".join(facts), dim=True))


def _print_traces(transaction: Transaction, terminal: Terminal) -> None:
    for trace in transaction.choice:
        terminal.say(f"  {printable(trace)}")


def _print_steps(transaction: Transaction, terminal: Terminal) -> None:
    rows = [_HEAD, *(_cells(step, transaction) for step in transaction.steps)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    failed = transaction.verdict.step if transaction.verdict else None
    terminal.say(terminal.style(_aligned(_HEAD, widths), dim=True))
    for step, row in zip(transaction.steps, rows[1:], strict=True):
        if step.number == failed:
            terminal.say(terminal.style(_aligned(row, widths, mark="✗"), fg="red", bold=True))
        else:
            name = row[1].ljust(widths[1])
            cells = (row[0], terminal.service(step.service, name), *row[2:])
            terminal.say(_aligned(cells, widths))


def _print_nodes(transaction: Transaction, terminal: Terminal) -> None:
    """How busy the nodes were, where samples tell."""
    if transaction.nodes is None:
        terminal.say(terminal.style("  how busy the nodes were can't be read now", dim=True))
    for node in transaction.nodes or ():
        if sentence := node_sentence(node):
            terminal.say(terminal.style(f"  {sentence}", dim=True))


def _cells(step: Step, transaction: Transaction) -> tuple[str, ...]:
    begun = parse_rfc3339(step.start) - parse_rfc3339(transaction.start or step.start)
    return (
        str(step.number),
        printable(step.service),
        printable(step.pod),
        f"+{duration(begun)}",
        duration(step.duration_nanoseconds),
        f"{step.lines:,}",
        f"{step.errors:,}" if step.errors else "",
    )


def _aligned(cells: tuple[str, ...], widths: list[int], mark: str = " ") -> str:
    """Names to the left, numbers to the right; a cell that has its colours has its width too."""
    padded = [
        cell.ljust(width) if column in (1, 2) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"{mark} {'  '.join(padded)}".rstrip()


def _widths(transaction: Transaction) -> tuple[int, int]:
    """Columns of services and of levels: as many as the longest here needs."""
    services = [len(printable(service_of(line.source))) for line in transaction.lines]
    levels = [len(_level(line)) for line in transaction.lines]
    return min(SERVICE_COLUMNS, max(services, default=0)), max(levels, default=0)


def _level(line: Line) -> str:
    return printable(str(line.source.get("log.level") or ""))[:LEVEL_COLUMNS]


def _print_line(
    line: Line, transaction: Transaction, widths: tuple[int, int], terminal: Terminal
) -> None:
    """
    One row; a failure with all of its lines and its stack trace, anything else cut to the screen.

    What a quarantined line was refused for stands before its text.
    """
    source, (service_width, level_width) = line.source, widths
    name = printable(service_of(source))
    failing = transaction.verdict is not None and line.id == transaction.verdict.line
    head = f"{'✗' if failing else ' '} {clock_time(source[TIMESTAMP])}"
    text = printable(said(source)).rstrip("\n")
    if line.quarantined:
        text = f"[quarantined: {source.get('clew.reason', 'refused')}] {text}"
    first, *rest = text.split("\n")
    used = len(head) + service_width + level_width + 3
    if is_failure(source):
        rest += printable(str(source.get("error.stack_trace") or "")).splitlines()
    else:
        first, rest = terminal.cut(first, used), [terminal.cut(each, 4) for each in rest]
    shown = terminal.service(name, name[:service_width].ljust(service_width))
    level = terminal.level(source.get(SEVERITY) or 0, _level(line).ljust(level_width))
    terminal.say(f"{head} {shown} {level} {first}")
    for each in rest:
        terminal.say(f"    {each}")
