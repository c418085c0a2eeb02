"""
What becomes of the lines of a block under a policy, and in which dialect each is written.

Keeps true: a line becomes what an agent makes of it. A line that holds several records, as OTLP
does, is one entry for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from agent.framing.framed import FramedLines
from clew.schema.columns.groups import columns_of
from clew.schema.columns.lines import interpret_all
from clew.schema.dialects.catalog import NONE
from clew.schema.interpreting import interpret
from clew.schema.keeping import Quarantined
from clew.schema.line import Flag, Line, Lines
from clew.schema.policy.enforcer import Enforcer
from clew.schema.policy.rules import NO_SCHEMA, Ids
from clew.schema.record import Record
from clew.schema.rejection import Rejection

MANY, QUARANTINED = Flag.MANY.value, Flag.QUARANTINED.value

_decode_record = msgspec.json.Decoder(Record).decode
_decode_quarantined = msgspec.json.Decoder(Quarantined).decode


@dataclass(slots=True)
class Judged:
    """
    Columns: of each line its number in the file, what the application wrote, and what becomes of
    it. `dialects` are those that lines are written in, also where the policy refuses them.
    """

    numbers: list[int]
    contents: list[bytes]
    dialects: list[int]
    lines: Lines


def judge(framed: FramedLines, enforcer: Enforcer | None) -> Judged:
    contents = framed.contents
    lines = interpret_all(contents, framed.odd, enforcer)
    judged = Judged(framed.offsets, contents, list(lines.dialects), lines)
    if enforcer is not None:
        _find_dialects(judged, framed, _lenient(enforcer))
    if any(flags & MANY for flags in set(lines.flags)):
        return _each_record(judged)
    return judged


def _lenient(enforcer: Enforcer) -> Enforcer:
    """One that reads lines in the same way, and asks nothing of them."""
    return Enforcer("", [], NO_SCHEMA, Ids(), enforcer.preferred)


def _find_dialects(judged: Judged, framed: FramedLines, lenient: Enforcer) -> None:
    """Of what the policy refuses."""
    refused = [
        place
        for place, dialect in enumerate(judged.dialects)
        if dialect == NONE and not (place in framed.odd and framed.odd[place].rejection)
    ]
    anew = interpret_all([judged.contents[place] for place in refused], {}, lenient)
    for place, dialect in zip(refused, anew.dialects, strict=True):
        judged.dialects[place] = dialect


def _each_record(judged: Judged) -> Judged:
    lines, places = judged.lines, []
    each: list[Line] = []
    for place in range(len(judged.numbers)):
        line = _line(lines, place)
        members = [line]
        if line.flags & MANY:
            members = [member._replace(trace=_trace(member)) for member in line.members()]
        each += members
        places += [place] * len(members)

    def spread(column: list[Any]) -> list[Any]:
        return [column[place] for place in places]

    return Judged(
        spread(judged.numbers), spread(judged.contents), spread(judged.dialects), columns_of(each)
    )


def _line(lines: Lines, place: int) -> Line:
    return Line(
        lines.jsons[place],
        lines.dialects[place],
        lines.severities[place],
        lines.flags[place],
        lines.transactions[place],
        lines.traces[place],
        lines.violations.get(place, ()),
    )


def _trace(member: Line) -> str:
    kept = (_decode_quarantined if member.flags & QUARANTINED else _decode_record)(member.json)
    return kept.trace or ""


def details(judged: Judged, place: int, enforcer: Enforcer | None) -> dict[str, str]:
    """What is said of each violation of a line besides its reason and field."""
    lines, found = judged.lines, dict[str, str]()
    if lines.flags[place] & QUARANTINED:
        kept = _decode_quarantined(lines.jsons[place])
        found[Rejection(kept.reason, kept.field).violation] = kept.detail
    wanting = [each for each in lines.violations.get(place, ()) if each not in found]
    if wanting and enforcer is not None:
        plain = interpret(judged.contents[place], enforcer=_lenient(enforcer))
        if not plain.flags & (MANY | QUARANTINED):
            record = _decode_record(plain.json)
            _, others = enforcer.judge(record, lines.transactions[place], plain.severity)
            found |= {each.violation: each.detail for each in others}
        elif plain.flags & QUARANTINED:  # which the policy takes for text, and only reports
            kept = _decode_quarantined(plain.json)
            found[Rejection(kept.reason, kept.field).violation] = kept.detail
    return found
