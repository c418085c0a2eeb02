"""
Serilog's compact and classic JSON, and .NET's JSON console.

- Compact (CLEF): https://clef-json.org. Information is not said, and of a message there may only be
  the template: its holes are filled here.
- Classic: the same under longer names, with all properties in one object.
- JSON console: IDs stand in `Scopes`, an array of objects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from clew.schema.dialects.column import Column, MixedError, find, replace
from clew.schema.dialects.dialect import Columns, JsonDialect
from clew.schema.dialects.frames import decode_objects

_HOLE = re.compile(r"\{\{|\}\}|\{[@$]?(\w{1,200})(?:,-?\d{1,5})?(?::[^{}]{1,200})?\}")
_LEVELS = {"critical": 21, "verbose": 1}
_SCOPES = "Scopes"


@lru_cache(maxsize=1024)
def _holes(template: str) -> tuple[re.Match[str], ...]:
    return tuple(_HOLE.finditer(template))


def render(template: str, values: Mapping[str, str]) -> str:
    """A message template with its holes filled; a hole without a value stays as it is."""
    parts, end = [], 0
    for hole in _holes(template):
        parts.append(template[end : hole.start()])
        name = hole[1]
        parts.append(hole[0][0] if name is None else values.get(name, hole[0]))
        end = hole.end()
    return "".join([*parts, template[end:]])


def _rendered(columns: Columns, template: str, message: str, prefix: str) -> Columns:
    """The columns, and one of messages made of templates, where there is none."""
    templates = find(columns, template)
    if templates is None or not templates.quoted or find(columns, message) is not None:
        return columns
    named = {
        column.name[len(prefix) :]: column.texts
        for column in columns
        if column.name.startswith(prefix)
    }
    texts = [
        render(text, {name: values[place] for name, values in named.items()})
        for place, text in enumerate(templates.texts)
    ]
    return [*columns, Column(message, texts, quoted=True)]


def _compact(columns: Columns) -> Columns:
    return _rendered(columns, "@mt", "@m", "")


def _classic(columns: Columns) -> Columns:
    return _rendered(columns, "MessageTemplate", "RenderedMessage", "Properties.")


def _console(columns: Columns) -> Columns:
    """The members of all scopes of a line, the innermost winning."""
    scopes = find(columns, _SCOPES)
    if scopes is None or scopes.quoted:
        return columns
    members: list[dict[str, str]] = [_members(text) for text in scopes.texts]
    names = list(members[0])
    alike = [list(each) == names for each in members]
    if not all(alike):
        raise MixedError(alike)
    others = [
        Column(f"{_SCOPES}.{name}", [each[name] for each in members], quoted=True) for name in names
    ]
    return replace(columns, _SCOPES, *others)


def _members(scopes: str) -> dict[str, str]:
    found: dict[str, Any] = {}
    for scope in decode_objects(scopes):
        found |= scope
    return {name: value for name, value in found.items() if isinstance(value, str)}


COMPACT = JsonDialect(
    "serilog",
    marks=(("@t", "@mt"), ("@t", "@m"), ("@t", "@l")),
    names={"service": ("Application",), "stack_trace": ("@x",)},
    levels=_LEVELS,
    unsaid=9,
    reshape=_compact,
)
CLASSIC = JsonDialect(
    "serilog",
    marks=(("Timestamp", "Level", "MessageTemplate"),),
    names={
        "message": ("RenderedMessage",),
        "service": ("Properties.Application",),
        "logger": ("Properties.SourceContext",),
    },
    containers=("Properties.",),
    levels=_LEVELS,
    reshape=_classic,
)
CONSOLE = JsonDialect(
    "dotnet",
    marks=(("LogLevel", "Category"),),
    dropped=frozenset({"State.Message"}),
    containers=("State.", "Scopes."),
    levels=_LEVELS,
    reshape=_console,
)

DIALECTS = (COMPACT, CLASSIC, CONSOLE)
