"""
Values as people read them, the same on the pages and in a terminal.

Log lines are written by anybody: what `printable` gives back can neither move a terminal's cursor
nor turn the direction of reading around.
"""

from __future__ import annotations

from typing import Any

from clew.schema.timestamps import SECOND, format_rfc3339, parse_rfc3339

Source = dict[str, Any]

_MICROSECOND, _MILLISECOND = 1_000, 1_000_000
_MINUTE, _HOUR, _DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND

_C0 = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"}
_C1 = dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}")
# Embeddings, overrides and isolates: they show text in another order than it is written in.
_BIDIRECTIONAL = dict.fromkeys(
    (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
    "\N{REPLACEMENT CHARACTER}",
)
_VISIBLE = str.maketrans(_C0 | _C1 | _BIDIRECTIONAL | {0x7F: "\N{SYMBOL FOR DELETE}"})


def printable(text: str) -> str:
    """The text with every control character but tab and newline made visible."""
    return text.replace("\r\n", "\n").translate(_VISIBLE)


def said(source: Source) -> str:
    """What a line says: its message; else its error; else, in quarantine, the line as written."""
    for field in ("message", "error.message", "event.original"):
        text = source.get(field)
        if isinstance(text, str) and text:
            return text
    return ""


def counted(number: int, noun: str) -> str:
    """`1 line`, `4,000 lines`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(nanoseconds: int) -> str:
    """`0`, `850 ns`, `1.21 ms`, `12.4 s`, `3 m 12 s`, `2 h 5 m`: three digits say enough."""
    size = abs(nanoseconds)
    sign = "-" if nanoseconds < 0 else ""
    if size >= _DAY:
        return f"{sign}{size // _DAY} d {size % _DAY // _HOUR} h"
    if size >= _HOUR:
        return f"{sign}{size // _HOUR} h {size % _HOUR // _MINUTE} m"
    if size >= _MINUTE:
        return f"{sign}{size // _MINUTE} m {size % _MINUTE // SECOND} s"
    for unit, name in ((SECOND, "s"), (_MILLISECOND, "ms"), (_MICROSECOND, "µs"), (1, "ns")):
        if size >= unit:
            return f"{sign}{_three_digits(size / unit)} {name}"
    return "0"


def _three_digits(value: float) -> str:
    decimals = 2 if value < 10 else 1 if value < 100 else 0
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """`34 %`, and `3.2 %` of what is small."""
    text = f"{100 * share:.1f}" if 0 < share < 0.0995 else f"{100 * share:.0f}"
    return f"{text.removesuffix('.0')} %"


def size(bytes_: float) -> str:
    """`7.62 GiB`, as memory is counted."""
    return _scaled(bytes_, 1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"))


def per_second(bytes_: float) -> str:
    """`1.25 MB/s`, as disks and networks are counted."""
    return _scaled(bytes_, 1000, ("B/s", "kB/s", "MB/s", "GB/s", "TB/s"))


def number(value: float) -> str:
    """`0.42`, `12.4`, `118`."""
    return _three_digits(value)


def _scaled(value: float, base: int, units: tuple[str, ...]) -> str:
    *smaller, last = units
    for unit in smaller:
        if abs(value) < base:
            return f"{_three_digits(value)} {unit}"
        value /= base
    return f"{_three_digits(value)} {last}"


def ago(timestamp: str, now: int) -> str:
    """How long ago a moment was, by its largest unit: `3 s ago`; `now` is Unix nanoseconds."""
    passed = now - parse_rfc3339(timestamp)
    if passed < 0:
        return "in the future"
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (SECOND, "s")):
        if passed >= unit:
            return f"{passed // unit} {name} ago"
    return "just now"


def since_midnight(timestamp: str, now: int) -> str:
    """`08:42:09` of a moment of today, else `2023-01-29 08:42`; `now` is Unix nanoseconds."""
    today, text = format_rfc3339(now)[:10], moment(timestamp)
    return text[11:19] if text.startswith(today) else text[:16]


def clock_time(timestamp: str) -> str:
    """`08:42:09.736` of an RFC 3339 timestamp, in UTC."""
    return moment(timestamp)[11:]


def moment(timestamp: str) -> str:
    """`2023-01-29 08:42:09.736` of an RFC 3339 timestamp, in UTC."""
    return format_rfc3339(parse_rfc3339(timestamp))[:23].replace("T", " ")
