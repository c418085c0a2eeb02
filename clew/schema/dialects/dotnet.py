"""
Serilog's compact and classic JSON, and .NET's JSON console.

- Compact (CLEF): https://clef-json.org. Information is not said, and of a message there may only be
  the template: its holes are filled here.
- Classic: the same under longer names, with all properties in one object.
- JSON console: IDs stand in `Scopes`, an array of objects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from clew.schema.dialects.column import Column, agree, find, of_members, replace
from clew.schema.dialects.dialect import Columns, Fields, JsonDialect
from clew.schema.dialects.frames import decode_objects, decode_texts

_HOLE = re.compile(r"\{\{|\}\}|\{[@$]?(\w{1,200})(?:,-?\d{1,5})?(?::[^{}]{1,200})?\}")
_LEVELS = {"critical": 21, "verbose": 1}
_SCOPES = "Scopes"
RENDERED_CHARACTERS = 64 * 1024
"""What the holes of a template may hold together; more is a message that nobody reads."""


@lru_cache(maxsize=1024)
def _holes(template: str) -> tuple[re.Match[str], ...]:
    return tuple(_HOLE.finditer(template))


def render(template: str, values: Mapping[str, str], renderings: Sequence[str] = ()) -> str:
    """
    A message template with its holes filled; a hole without a value stays as it is.

    `renderings` are the values of the holes with a format, in their order.
    https://messagetemplates.org
    """
    parts: list[str] = []
    end, room, formatted = 0, RENDERED_CHARACTERS, iter(renderings)
    for hole in _holes(template):
        parts.append(template[end : hole.start()])
        own = next(formatted, None) if ":" in hole[0] else None
        name = hole[1]
        if name is None:  # a doubled brace
            parts.append(hole[0][0])
        else:
            parts.append(values.get(name, hole[0]) if own is None else own)
            room -= len(parts[-1])
            if room < 0:  # one value in a thousand holes would make gigabytes out of one line
                return template
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
    formatted = find(columns, "@r")
    texts = [
        render(
            text,
            {name: values[place] for name, values in named.items()},
            decode_texts(formatted.texts[place]) if formatted is not None else (),
        )
        for place, text in enumerate(templates.texts)
    ]
    if agree([text == template for text, template in zip(texts, templates.texts, strict=True)]):
        columns = replace(columns, template)
    return [*columns, Column(message, texts, quoted=True)]


def _compact(columns: Columns) -> Columns:
    columns = _rendered(columns, "@mt", "@m", "")
    if find(columns, "@l") is None:
        columns = [*columns, Column("@l", ["Information"] * len(columns[0].texts), quoted=True)]
    return columns


def _unescape(_: Fields, others: list[Column]) -> None:
    """A property whose name begins with @ is written with two."""
    others[:] = [column._replace(name=column.name.replace("@@", "@", 1)) for column in others]


def _classic(columns: Columns) -> Columns:
    return _rendered(columns, "MessageTemplate", "RenderedMessage", "Properties.")


def _console(columns: Columns) -> Columns:
    """The members of all scopes of a line, the innermost winning."""
    scopes = find(columns, _SCOPES)
    if scopes is None or scopes.quoted:
        return columns
    members = of_members(list(map(_members, scopes.texts)), f"{_SCOPES}.")
    return replace(columns, _SCOPES, *members)


def _members(scopes: str) -> dict[str, str]:
    found: dict[str, Any] = {}
    for scope in decode_objects(scopes):
        found |= scope
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in found.items()
        if value is not None
    }


COMPACT = JsonDialect(
    "serilog",
    marks=(("@t", "@mt"), ("@t", "@m"), ("@t", "@l")),
    names={
        "timestamp": ("@t",),
        "level": ("@l",),
        "message": ("@m",),
        "service": ("Application",),
        "stack_trace": ("@x",),
    },
    levels=_LEVELS,
    reshape=_compact,
    refine=_unescape,
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
    dropped=frozenset({"State.Message", "Scopes.Message"}),
    containers=("State.", "Scopes."),
    levels=_LEVELS,
    reshape=_console,
)

DIALECTS = (COMPACT, CLASSIC, CONSOLE)
