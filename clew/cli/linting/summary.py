"""The findings of `clew lint` on a terminal: the counts, what is wrong, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clew.cli.linting.counts import print_files, share
from clew.cli.terminal import Terminal
from clew.transaction.texts import counted, percent, printable

_PIPED_CHARACTERS = 160
"""Of a sample, where no terminal says how wide it is: in the log of a CI."""

_LACKING = (
    ("without_time", "a time"),
    ("without_level", "a level"),
    ("without_service", "a service"),
)


def print_summary(found: Mapping[str, Any], terminal: Terminal, *, canonical: bool) -> None:
    """`canonical`: that a line is translated is a violation, too."""
    if not found["files"]:
        return
    print_files(found, terminal)
    _print_counts(found, terminal)
    by_reason: dict[str, list[Mapping[str, Any]]] = {}
    for each in found["violations"]:
        by_reason.setdefault(each["reason"], []).append(each)
    for of_one in by_reason.values():
        _print_violations(of_one, found, terminal)
    for each in found["dialects"]:
        _print_dialect(each, found, terminal)
    terminal.say()
    terminal.say(_verdict(found, terminal, canonical=canonical))


def _print_counts(found: Mapping[str, Any], terminal: Terminal) -> None:
    lines, physical = found["lines"], found["physical"]
    count = counted(lines, "line")
    if physical > lines:
        count += f", joined from {physical:,}"
    elif physical < lines:
        count += f", of which {physical:,} stand in the files: some hold several records"
    if not lines:
        terminal.say(f"  {count}")
        return
    written = [f"{share(found, name)} {name}" for name in ("canonical", "translated", "refused")]
    terminal.say(f"  {' · '.join([count, *written])}")
    shares = [
        f"{share(found, 'with_trace')} with a trace",
        f"{share(found, 'with_transaction')} with a business transaction",
        *(f"{share(found, name)} without {what}" for name, what in _LACKING if found[name]),
    ]
    terminal.say(f"  {' · '.join(shares)}")


def _print_violations(
    of_one: list[Mapping[str, Any]], found: Mapping[str, Any], terminal: Terminal
) -> None:
    """Those for one reason, and once what it means."""
    for each in of_one:
        name = f"✗ {each['reason']} {printable(each['field'])}".rstrip()
        terminal.say()
        terminal.say(terminal.style(name, fg="red", bold=True) + _where(each, found))
        _print_samples(each, terminal)
    terminal.say(terminal.wrapped(of_one[0]["meaning"]))
    terminal.say(terminal.wrapped(of_one[0]["remedy"]))


def _print_dialect(each: Mapping[str, Any], found: Mapping[str, Any], terminal: Terminal) -> None:
    name = terminal.style(f"→ {each['logger']}", fg="yellow", bold=True)
    terminal.say()
    terminal.say(name + _where(each, found))
    _print_samples(each, terminal)
    for line in each["advice"].splitlines():
        terminal.say(f"  {line}")
    terminal.say(terminal.style(f"  clew lint --how {' | '.join(each['pages'])}", dim=True))


def _where(each: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """How many lines, and where the first is."""
    first = each["first"]
    place = f"line {first['line']:,}"
    if len(found["files"]) > 1:
        place = f"{printable(first['file'])}:{first['line']}"
    part = percent(each["lines"] / found["lines"])
    return f" · {counted(each['lines'], 'line')}, {part} · from {place} on"


def _print_samples(each: Mapping[str, Any], terminal: Terminal) -> None:
    file = each["first"]["file"]
    for sample in each["samples"]:
        if sample["file"] != file:
            file = sample["file"]
            terminal.say(terminal.style(f"  {printable(file)}", dim=True))
        number = f"{sample['line']}: "
        text = one_line(sample["text"], len(number), terminal)
        terminal.say(f"  {terminal.style(number, dim=True)}{text}")
        if sample["detail"]:
            indent = f"  {' ' * len(number)}"
            detail = terminal.wrapped(sample["detail"], indent)
            whole = f"{indent}{sample['detail']}"  # for whoever looks for it with grep
            terminal.say(terminal.style(detail if terminal.interactive else whole, dim=True))


def one_line(text: str, used: int, terminal: Terminal) -> str:
    """As much of a line as fits beside `used` characters."""
    if text.startswith("{"):  # of an object over several lines, the first says nothing
        text = text.replace("\n", " ")
    first, newline, _ = text.partition("\n")
    shown = first.replace("\t", " ") + (" …" if newline else "")
    if not terminal.interactive and len(shown) > _PIPED_CHARACTERS:
        shown = shown[: _PIPED_CHARACTERS - 1] + "…"
    return terminal.cut(shown, used + 2) if shown.strip() else "(an empty line)"


def _verdict(found: Mapping[str, Any], terminal: Terminal, *, canonical: bool) -> str:
    violating, translated = found["violating"], found["translated"]
    rules = f"policy {printable(found['policy'])}" if found["policy"] else "schema"
    wrong = []
    if violating:
        verb = "violates" if violating == 1 else "violate"
        wrong.append(f"{counted(violating, 'line')} {verb} the {rules}")
    if canonical and translated:
        wrong.append(f"{counted(translated, 'line')} {_are(translated)} not canonical")
    if wrong:
        return terminal.style(f"✗ {'; '.join(wrong)}.", fg="red", bold=True)
    if not found["lines"]:
        return terminal.style("No line was read: nothing is known.", fg="yellow", bold=True)
    rest = f"; {translated:,} {_are(translated)} translated" if translated else ""
    return terminal.style(f"✓ No line violates the {rules}{rest}.", fg="green", bold=True)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
