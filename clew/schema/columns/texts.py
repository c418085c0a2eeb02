"""
Plain text, all lines of a group at once: the heads that a logger writes alike are taken apart in
columns, and IDs are looked for only where something in the whole group looks like one.
"""

from __future__ import annotations

import re
from itertools import repeat
from operator import itemgetter

import msgspec
from msgspec import UNSET, UnsetType

from clew.schema.columns.groups import Group, merge
from clew.schema.columns.records import encode_each, lines_of, severities_of
from clew.schema.dialects import text
from clew.schema.dialects.catalog import TEXT
from clew.schema.line import NO_SERVICE, NO_TIMESTAMP, Lines

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


def interpret_texts(contents: list[bytes]) -> Lines | None:
    """The lines, none begun with a brace; None where they have to be looked at one by one."""
    try:
        joined = b"\n".join([*contents, b""]).decode()
    except UnicodeDecodeError:
        return None
    if joined.count("\n") != len(contents):
        return None
    if joined.count(text.HEAD_MARK) >= len(contents):  # to search in vain takes long
        fields = text.HEADED_LINES.split(joined)
        # As many heads as lines, and nothing between them: each line has its own.
        if len(fields) == _GROUPS * len(contents) + 1 and not any(fields[::_GROUPS]):
            return _of_heads([fields[group::_GROUPS] for group in range(1, _GROUPS)])
    return _of_any(joined.split("\n")[:-1])


def _of_any(texts: list[str]) -> Lines | None:
    # White space may stand before a JSON object.
    spaced = not _SPACES.isdisjoint(map(_first_letter, texts))
    if spaced and any(map(_OBJECT.match, texts)):
        return None
    heads = list(map(text.HEAD.match, texts))
    headed = [place for place, head in enumerate(heads) if head is not None]
    if not headed:
        return _of_plain(texts)
    parts = zip(*map(re.Match.groups, filter(None, heads)), strict=True)
    others = [place for place, head in enumerate(heads) if head is None]
    return merge(
        [
            Group(headed, _of_heads(list(map(list, parts)))),
            Group(others, _of_plain([texts[place] for place in others])),
        ]
    )


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
    look_for_ids = text.may_have_ids("\n".join(texts))
    records = list(map(text.plain, texts, repeat(look_for_ids)))
    return lines_of(records, encode_each(records), TEXT)
