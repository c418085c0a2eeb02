"""The findings of `clew lint --lines`: a row for each thing that is wrong with a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from clew.cli.linting.judging import Judged, details
from clew.cli.linting.summary import one_line
from clew.cli.linting.tally import shown
from clew.cli.terminal import Terminal
from clew.schema.dialects.catalog import CANONICAL, NAMES, NONE
from clew.schema.policy.enforcer import Enforcer
from clew.schema.uncanonical import why_uncanonical
from clew.transaction.texts import printable


def faults(file: str, judged: Judged, enforcer: Enforcer | None) -> Iterator[dict[str, Any]]:
    """Every line that is not canonical, or violates the policy, and what is wrong with it."""
    lines = judged.lines
    for place, dialect in enumerate(lines.dialects):
        violations = lines.violations.get(place, ())
        if dialect == CANONICAL and not violations:
            continue
        content = judged.contents[place]
        written = judged.dialects[place]
        said = details(judged, place, enforcer) if violations else {}
        yield {
            "file": file,
            "line": judged.numbers[place],
            "outcome": {CANONICAL: "canonical", NONE: "refused"}.get(dialect, "translated"),
            "dialect": "" if written == NONE else NAMES[written],
            "not_canonical": printable(why_uncanonical(content)),
            "violations": [_told(each, said.get(each, "")) for each in violations],
            "text": shown(content),
        }


def _told(violation: str, detail: str) -> dict[str, str]:
    reason, _, field = violation.partition(":")
    return {"reason": reason, "field": printable(field), "detail": printable(detail)}


def print_rows(found: Iterator[dict[str, Any]], terminal: Terminal, *, as_json: bool) -> None:
    """At one go: to write each by itself takes longer than to find it."""
    if as_json:
        text = "\n".join(json.dumps(each, ensure_ascii=False) for each in found)
    else:
        text = "\n".join(row for each in found for row in _rows(each, terminal))
    if text:
        terminal.say(text)


def _rows(each: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    place = f"{printable(each['file'])}:{each['line']}: "
    for violation in each["violations"]:
        name = f"{violation['reason']} {violation['field']}".rstrip()
        said = f"{name}: {violation['detail']}" if violation["detail"] else name
        yield _row(place, f"{each['outcome']}: {said}", "red", each, terminal)
    if not each["violations"]:
        said = f"translated from {each['dialect']}: {each['not_canonical']}"
        yield _row(place, said, "yellow", each, terminal)


def _row(place: str, said: str, colour: str, each: dict[str, Any], terminal: Terminal) -> str:
    text = one_line(each["text"], len(place) + len(said) + 1, terminal)
    return f"{place}{terminal.style(said, fg=colour)} {terminal.style(text, dim=True)}"
