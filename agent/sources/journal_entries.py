"""
An entry of the journal -> a canonical line, and the place that names it.

Its cursor has the ID of a series of numbers (`s`) and the entry's number in it (`i`, hexadecimal):
they are to the journal what a generation and an offset are to a file, and come again whenever the
entry is read again.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.sources.journal_export import Entry
from clew.schema.document import generation
from clew.schema.record import LABEL_CHARACTERS, TEXT_CHARACTERS, Record, encode
from clew.schema.timestamps import format_rfc3339

LEVELS = ("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug")
"""Of syslog's priorities: emergency, alert, critical, error, warning, notice, info, debug."""

_CURSOR = re.compile(rb"s=([0-9a-f]{32});i=([0-9a-f]{1,16})(?:;.*)?", re.ASCII)
_CURSOR_TIME = re.compile(r";t=([0-9a-f]{1,14})(?:;|$)", re.ASCII)
"""Microseconds."""
_LABELS = {
    "_SYSTEMD_UNIT": "systemd_unit",
    "UNIT": "unit",
    "SYSLOG_IDENTIFIER": "syslog_identifier",
    "_PID": "pid",
    "_TRANSPORT": "transport",
    "_HOSTNAME": "hostname",
    "_BOOT_ID": "boot_id",
    "CODE_FILE": "code_file",
    "ERRNO": "errno",
}
WANTED = (
    b"__CURSOR",
    b"__REALTIME_TIMESTAMP",
    b"MESSAGE",
    b"PRIORITY",
    b"_COMM",
    *(name.encode() for name in _LABELS),
)


class Placed(NamedTuple):
    """
    A line of the journal: `number` is to `generation` what an offset is to a file's.

    `missed`: of those before it some may be gone.
    """

    generation: str
    number: int
    time: int
    cursor: str
    line: bytes
    missed: bool = False


def place(entry: Entry) -> Placed | None:
    """The line of an entry; None for one without a cursor, as no journal has."""
    cursor = entry.get("__CURSOR", b"")
    match = _CURSOR.fullmatch(cursor)
    stamp = entry.get("__REALTIME_TIMESTAMP", b"")
    if match is None or not stamp.isdigit() or len(stamp) > 16:
        return None
    time = int(stamp) * 1000
    text = cursor.decode("ascii", "replace")
    return Placed(_series(match), int(match[2], 16), time, text, _line(entry, time))


def _series(cursor: re.Match[bytes]) -> str:
    return generation(f"journald/{cursor[1].decode()}", b"")


def is_behind(series: str, number: int, cursor: str) -> bool:
    """Whether a place is behind an entry of its own series; behind no entry every place is."""
    if not cursor:
        return True
    match = _CURSOR.fullmatch(cursor.encode())
    return match is not None and _series(match) == series and number > int(match[2], 16)


def time_of(cursor: str) -> int:
    """When the entry of a cursor was written, in Unix nanoseconds; 0 where it does not say."""
    match = _CURSOR_TIME.search(cursor)
    return int(match[1], 16) * 1000 if match else 0


def _line(entry: Entry, time: int) -> bytes:
    labels = {
        label: _text(entry[name])[:LABEL_CHARACTERS]
        for name, label in _LABELS.items()
        if name in entry
    }
    return encode(
        Record(
            timestamp=format_rfc3339(time),
            level=_level(entry.get("PRIORITY", b"")),
            message=_text(entry.get("MESSAGE", b"")),
            service=service_of(entry)[:TEXT_CHARACTERS],
            labels=labels,
        )
    )


def _level(priority: bytes) -> str:
    return LEVELS[int(priority)] if priority in {b"%d" % n for n in range(8)} else "info"


def service_of(entry: Entry) -> str:
    """Who says it: the kernel, a unit without its `.service`, or what a program calls itself."""
    if entry.get("_TRANSPORT") == b"kernel":
        return "kernel"
    unit = entry.get("_SYSTEMD_UNIT", b"")
    if unit == b"init.scope":  # systemd itself, about another unit
        unit = entry.get("UNIT", unit)
    name = unit.removesuffix(b".service") or entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM")
    return _text(name) if name else "journal"


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")
