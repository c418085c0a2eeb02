"""
Plain text, all lines of a group at once: the heads that a logger writes alike are taken apart in
columns, and IDs are looked for only where something in the whole group looks like one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from clew.schema.columns.groups import Group, columns_of, in_two, merge
from clew.schema.columns.records import encode_each, lines_of, severities_of
from clew.schema.dialects import text
from clew.schema.dialects.catalog import NUMBERS, TEXT
from clew.schema.dialects.choosing import AloneError
from clew.schema.dialects.column import MixedError
from clew.schema.dialects.preferred import NOTHING, Preferred
from clew.schema.dialects.text_ids import may_have_ids
from clew.schema.dialects.text_parts import Parts, take_apart, take_preferred, tell_apart
from clew.schema.dialects.text_sniffing import begins_known
from clew.schema.interpreting import interpret
from clew.schema.line import NO_SERVICE, NO_TIMESTAMP, Lines

Kind = TypeVar("Kind")
_first_letter = itemgetter(slice(1))
_OBJECT = re.compile(r"[ \t\r\n]*\{")
_GROUPS = text.HEADED_LINES.groups + 1
_SPACES = {" ", "\t", "\r"}


class _LocalTime(msgspec.Struct, gc=False):
    local_time: str


class _Headed(msgspec.Struct, omit_defaults=True, gc=False):
    """The fields of a record that a head has, in the order in which a record has them."""

    timestamp: str | UnsetType = msgspec.field(name="@timestamp")
    level: str = msgspec.field(name="log.level")
    message: str
    trace: str = msgspec.field(name="trace.id")
    span: str = msgspec.field(name="span.id")
    logger: str = msgspec.field(name="log.logger")
    labels: _LocalTime | UnsetType


def interpret_texts(contents: list[bytes], preferred: Preferred = NOTHING) -> Lines | None:
    """The lines, none begun with a brace; None where they have to be looked at one by one."""
    try:
        joined = b"\n".join([*contents, b""]).decode()
    except UnicodeDecodeError:
        return None
    if joined.count("\n") != len(contents):
        return None
    marks = joined.count(text.HEAD_MARK)
    own = preferred.texts
    if marks >= len(contents) and not own:  # to search in vain takes long
        fields = text.HEADED_LINES.split(joined)
        # As many heads as lines, and nothing between them: each line has its own.
        if len(fields) == _GROUPS * len(contents) + 1 and not any(fields[::_GROUPS]):
            return _of_heads([fields[group::_GROUPS] for group in range(1, _GROUPS)])
    return _of_any(joined.split("\n")[:-1], headed=marks > 0, preferred=preferred)


def _of_any(texts: list[str], *, headed: bool, preferred: Preferred) -> Lines | None:
    # White space may stand before a JSON object.
    spaced = not _SPACES.isdisjoint(map(_first_letter, texts))
    if spaced and any(map(_OBJECT.match, texts)):
        return None
    own = preferred.texts
    if not headed and not own and not any(map(begins_known, texts)):
        return _of_plain(texts)
    kinds: dict[object, list[int]] = defaultdict(list)
    found: list[re.Match[str] | Parts | None] = []
    for place, line in enumerate(texts):
        part = (take_preferred(line, own) if own else None) or (
            (text.HEAD.match(line) if headed else None) or take_apart(line)
        )
        found.append(part)
        kinds[part.shape if isinstance(part, Parts) else part is None].append(place)
    groups = []
    for kind, places in kinds.items():
        lines = [texts[place] for place in places]
        if kind is True:
            made = _of_plain(lines)
        elif kind is False:
            heads = [part.groups() for part in _each(found, places, re.Match)]
            made = _of_heads(list(map(list, zip(*heads, strict=True))))
        else:
            parts = _each(found, places, Parts)
            made = _of_parts(list(zip(parts, lines, strict=True)), preferred)
        groups.append(Group(places, made))
    return merge(groups)


def _each(found: Sequence[object], places: list[int], kind: type[Kind]) -> list[Kind]:
    return [part for place in places if isinstance(part := found[place], kind)]


def _of_parts(items: list[tuple[Parts, str]], preferred: Preferred) -> Lines:
    """Lines in one dialect that have the same values."""
    parts, texts = [part for part, _ in items], [line for _, line in items]
    try:
        told = tell_apart(parts[0].dialect, [each.pairs for each in parts], texts)
    except MixedError as mixed:
        return in_two(items, mixed.first, partial(_of_parts, preferred=preferred))
    except AloneError:
        return columns_of(interpret(line.encode(), preferred=preferred) for line in texts)
    records, severities, dialect = told
    return lines_of(records, encode_each(records), NUMBERS[dialect], severities)


def _of_heads(parts: list[list[str]]) -> Lines:
    times, levels, loggers, traces, spans, messages = parts
    timestamps = text.zoned_times(times)
    labels: list[_LocalTime | UnsetType] = list(map(_LocalTime, times))
    if any(timestamps):
        labels = [UNSET if zoned else time for zoned, time in zip(timestamps, labels, strict=True)]
    records = list(map(_Headed, timestamps, levels, messages, traces, spans, loggers, labels))
    flags = [NO_SERVICE if zoned else NO_SERVICE | NO_TIMESTAMP for zoned in timestamps]
    return Lines(
        jsons=encode_each(records),
        severities=severities_of(levels),
        flags=flags,
        dialects=[TEXT] * len(times),
        transactions=[""] * len(times),
        traces=traces,
    )


def _of_plain(texts: list[str]) -> Lines:
    look_for_ids = may_have_ids("\n".join(texts))
    records = list(map(text.plain, texts, repeat(look_for_ids)))
    return lines_of(records, encode_each(records), TEXT)
