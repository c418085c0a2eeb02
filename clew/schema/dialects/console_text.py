"""
Text of .NET's console and of winston's simple format.

    info: Shop.Orders[0]
          => SpanId:<span>, TraceId:<trace>, ParentId:0000000000000000
          placed
    info: placed {"transactionId":"A-17"}
"""

from __future__ import annotations

import re

from clew.schema.dialects.dialect import JsonDialect
from clew.schema.dialects.pairs import with_object
from clew.schema.dialects.stack_trace import find_stack_trace
from clew.schema.dialects.text_dialect import Pairs, TextDialect, by_pattern

_INDENT = "      "
_DOTNET = "trce|dbug|info|warn|fail|crit"
_WINSTON = "error|warn|info|http|verbose|debug|silly|emerg|alert|crit|warning|notice"
_dotnet = by_pattern(
    rf"(?P<level>{_DOTNET}): (?P<logger>[^\s\[]+)\[(?P<EventId>-?\d+)\]\n(?P<message>.*)"
)
_winston = by_pattern(rf"(?P<level>{_WINSTON}): (?P<message>.*?)(?: (?P<object>\{{.*\}}))?")
_SCOPE = re.compile(r"(\w+):([^\s,]+)")


def _read_dotnet(line: str) -> Pairs | None:
    pairs = _dotnet(line)
    if pairs is None:
        return None
    found = dict(pairs)
    lines = [each.removeprefix(_INDENT) for each in found["message"].split("\n")]
    while lines and lines[0].startswith("=> "):
        for name, text in _SCOPE.findall(lines.pop(0)):
            found.setdefault(name, text)
    said = "\n".join(lines)
    trace = find_stack_trace(said)
    if trace is not None and trace.begins > 0:
        found["stack_trace"] = said[trace.begins :]
        said = said[: trace.begins].rstrip("\n")
    found["message"] = said
    return list(found.items())


def _read_winston(line: str) -> Pairs | None:
    pairs = _winston(line)
    return None if pairs is None else with_object(pairs, " ")


DIALECTS = (
    TextDialect(
        rf"(?:{_DOTNET}): [^\s\[]+\[-?\d+\]\n",
        _read_dotnet,
        JsonDialect("dotnet-text", levels={"crit": 21}),
        whole=True,
    ),
    TextDialect(
        rf"(?:{_WINSTON}): (?!\S+\[-?\d+\]\n)",
        _read_winston,
        JsonDialect("winston-text", levels={"verbose": 8}),
    ),
)
