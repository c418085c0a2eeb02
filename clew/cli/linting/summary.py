"""The findings of `clew lint` on a terminal: the counts, what is wrong, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clew.cli.terminal import Terminal
from clew.transaction.texts import counted, percent, printable

_HEAD = ("FILE", "LINES", "CANONICAL", "TRANSLATED", "REFUSED", "WANTING", "TRACE", "TRANSACTION")
_PIPED_CHARACTERS = 160
"""Of a sample, where no terminal says how wide it is: in the log of a CI."""

_LACKING = (
    ("without_time", "a time"),
    ("without_level", "a level"),
    ("without_service", "a service"),
)


def print_summary(found: Mapping[str, Any], terminal: Terminal, *, canonical: bool) -> None:
    """`canonical`: that a line is translated is a violation, too."""
    files = found["files"]
    if len(files) > 1:
        _print_files(found, terminal)
    else:
        for each in files:
            terminal.say(terminal.style(_name(each), bold=True))
    if files:
        _print_counts(found, terminal)
    for each in found["violations"]:
        _print_violation(each, found["lines"], terminal)
    for each in found["dialects"]:
        _print_dialect(each, found["lines"], terminal)
    if files:
        terminal.say()
        terminal.say(_verdict(found, terminal, canonical=canonical))


def _name(each: Mapping[str, Any]) -> str:
    framed = {"cri": " (CRI)", "docker": " (json-file)"}.get(each["format"], "")
    return f"{shown_path(each['file'])}{framed}"


def shown_path(path: str) -> str:
    return "standard input" if path == "-" else printable(path)


def _print_files(found: Mapping[str, Any], terminal: Terminal) -> None:
    rows = [_HEAD, *(_cells(_name(each), each) for each in found["files"])]
    rows.append(_cells("all", found))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for number, row in enumerate(rows):
        text = _aligned(row, widths)
        style = {"dim": True} if not number else {"bold": True} if row is rows[-1] else {}
        terminal.say(terminal.style(text, **style))


def _cells(name: str, each: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        f"{each['lines']:,}",
        _share(each, "canonical"),
        _share(each, "translated"),
        f"{each['refused']:,}" if each["refused"] else "",
        f"{_wanting(each):,}" if _wanting(each) else "",
        _share(each, "with_trace"),
        _share(each, "with_transaction"),
    )


def _wanting(each: Mapping[str, Any]) -> int:
    """Lines that are taken, and violate the policy."""
    wanting: int = each["violating"] - each["refused"]
    return wanting


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return "  ".join(cells).rstrip()


def _share(each: Mapping[str, Any], name: str) -> str:
    return percent(each[name] / each["lines"]) if each["lines"] else ""


def _print_counts(found: Mapping[str, Any], terminal: Terminal) -> None:
    lines, physical = found["lines"], found["physical"]
    count = counted(lines, "line")
    if physical > lines:
        count += f", joined from {physical:,}"
    elif physical < lines:
        count += f" in {physical:,}: some hold several records"
    facts = [count]
    if lines:
        facts += [
            f"{_share(found, 'canonical')} canonical",
            f"{_share(found, 'translated')} translated",
            f"{_share(found, 'refused')} refused",
        ]
    terminal.say(f"  {' · '.join(facts)}")
    if not lines:
        return
    shares = [
        f"{_share(found, 'with_trace')} with a trace",
        f"{_share(found, 'with_transaction')} with a business transaction",
    ]
    shares += [f"{_share(found, name)} without {what}" for name, what in _LACKING if found[name]]
    terminal.say(f"  {' · '.join(shares)}")


def _print_violation(each: Mapping[str, Any], lines: int, terminal: Terminal) -> None:
    name = f"{each['reason']} {printable(each['field'])}".rstrip()
    _print_head("✗", name, each, lines, "red", terminal)
    _print_samples(each, terminal)
    terminal.say(terminal.wrapped(each["meaning"]))
    terminal.say(terminal.wrapped(each["remedy"]))


def _print_dialect(each: Mapping[str, Any], lines: int, terminal: Terminal) -> None:
    _print_head("→", each["logger"], each, lines, "yellow", terminal)
    _print_samples(each, terminal)
    for line in each["advice"].splitlines():
        terminal.say(f"  {line}")
    pages = " ".join(each["pages"])
    how = f"clew lint --how {each['pages'][0]}"
    several = f" (or {pages.partition(' ')[2].replace(' ', ', ')})" if " " in pages else ""
    terminal.say(f"  {terminal.style(f'{how}{several}', dim=True)}")


def _print_head(
    sign: str, name: str, each: Mapping[str, Any], lines: int, colour: str, terminal: Terminal
) -> None:
    first = each["first"]
    where = f"from {shown_path(first['file'])}:{first['line']} on"
    count = f"{counted(each['lines'], 'line')}, {percent(each['lines'] / lines)}"
    terminal.say()
    terminal.say(f"{terminal.style(f'{sign} {name}', fg=colour, bold=True)} · {count} · {where}")


def _print_samples(each: Mapping[str, Any], terminal: Terminal) -> None:
    for sample in each["samples"]:
        number = f"{sample['line']}: "
        terminal.say(
            f"  {terminal.style(number, dim=True)}{one_line(sample, len(number), terminal)}"
        )
        if sample["detail"]:
            terminal.say(f"  {' ' * len(number)}{terminal.style(sample['detail'], dim=True)}")


def one_line(sample: Mapping[str, Any], used: int, terminal: Terminal) -> str:
    """As much of a line as fits."""
    first, newline, _ = sample["text"].partition("\n")
    text = first.replace("\t", " ") + (" …" if newline else "")
    if not terminal.interactive and len(text) > _PIPED_CHARACTERS:
        text = text[: _PIPED_CHARACTERS - 1] + "…"
    return terminal.cut(text, used + 2)


def _verdict(found: Mapping[str, Any], terminal: Terminal, *, canonical: bool) -> str:
    if not found["lines"]:
        return terminal.style("No line was read: nothing is known.", fg="yellow", bold=True)
    wrong = []
    if found["violating"]:
        verb = "violates" if found["violating"] == 1 else "violate"
        wrong.append(f"{counted(found['violating'], 'line')} {verb} the {_by(found)}")
    if canonical and found["translated"]:
        verb = "is" if found["translated"] == 1 else "are"
        wrong.append(f"{counted(found['translated'], 'line')} {verb} not canonical")
    if wrong:
        return terminal.style(f"✗ {', '.join(wrong)}.", fg="red", bold=True)
    return terminal.style(f"✓ No line violates the {_by(found)}.", fg="green", bold=True)


def _by(found: Mapping[str, Any]) -> str:
    return f"policy {printable(found['policy'])}" if found["policy"] else "schema"
