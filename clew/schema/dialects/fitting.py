"""
Which values a field of the record takes, and as what.

Values are kept as the characters that were written: a number is not parsed to become a label, so
1e999 and a 40-digit order number arrive as they left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from clew.schema.dialects.column import Column, agree
from clew.schema.identifiers import is_id, normalise_id
from clew.schema.record import (
    ID_CHARACTERS,
    LABEL_CHARACTERS,
    TEXT_CHARACTERS,
    storable_timestamp,
    storable_timestamps,
)
from clew.schema.timestamps import format_rfc3339, format_second, parse_epoch, parse_rfc3339

ID_FIELDS = {"trace", "transaction", "span", "parent"}
TRACERS_IDS = frozenset({"trace", "span", "parent"})
NUMBERS = {"duration": 2**63 - 1, "status": 999}
LONG_TEXTS = {"error_message", "stack_trace"}
_BOUNDS = {"path": LABEL_CHARACTERS}

# No placeholder is so long, but for zeros and dashes.
_SURE_IDS = re.compile(r"^(?![0-]+$)[0-9A-Za-z_.][0-9A-Za-z_.-]{13,255}$", re.ASCII | re.MULTILINE)
# The same of those that are as `normalise_id` leaves them.
_SURE_TRACERS_IDS = re.compile(
    r"^(?![0-]+$)(?:[0-9a-f]{32}|[0-9a-f]{16}|[0-9]{17,31})$", re.ASCII | re.MULTILINE
)
# Seconds between 2001 and 2255, and behind them, with or without a point, what makes them
# milliseconds, microseconds or nanoseconds.
_EPOCHS = re.compile(
    r"^([1-8]\d{9})(?:(\d{3}(?:\d{3}){0,2})|\.(\d{1,9}))$", re.ASCII | re.MULTILINE
)
_DOUBTFUL = {"tid", "trace"}
_DOUBTFUL_FIELDS = {"service", "method", "path"}
_HEXADECIMAL = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")
_decode_lines = msgspec.json.Decoder(list[str]).decode


def fit_all(field: str, column: Column) -> Sequence[Any] | None:
    """
    The values as the field takes them, and the column's own where they stay as they are; None where
    it takes none. Raises MixedError.
    """
    if _fit_as_they_are(field, column):
        return column.texts
    if field == "timestamp" and (epochs := format_epochs(column.texts)) is not None:
        return epochs
    fitted = [_fit(field, column.name, text, column.quoted) for text in column.texts]
    if not agree([value is not None for value in fitted]):
        return None
    return list(map(normalise_id, fitted)) if field in TRACERS_IDS else fitted  # type: ignore[arg-type]  # all texts


def _fit_as_they_are(field: str, column: Column) -> bool:
    """Whether all values surely are texts for the field; False says nothing."""
    if field == "message":
        return True
    if field == "timestamp":
        return column.quoted and storable_timestamps(column.texts)
    if field in ID_FIELDS:
        return _are_ids(field, column)
    if field in LONG_TEXTS:
        return column.quoted and all(column.texts)
    if field not in NUMBERS and (column.quoted or field == "level"):
        whole = all(column.texts) and max(map(len, column.texts)) <= TEXT_CHARACTERS
        doubtful = field in _DOUBTFUL_FIELDS
        return whole and (not doubtful or all(_fits_short(field, each) for each in {*column.texts}))
    return False


def _are_ids(field: str, column: Column) -> bool:
    if not column.quoted or column.name.lower() in _DOUBTFUL:
        return False
    joined = "\n".join(column.texts)
    sure = _SURE_TRACERS_IDS if field in TRACERS_IDS else _SURE_IDS
    count = len(column.texts)
    return joined.count("\n") == count - 1 and len(sure.findall(joined)) == count


def _fit(field: str, name: str, text: str, quoted: bool) -> str | int | None:
    """The value as the field takes it; None where it does not fit."""
    if field == "timestamp":
        return _timestamp(text, quoted)
    if field in NUMBERS:
        return int(text) if _is_number(text) and int(text) <= NUMBERS[field] else None
    if field in ID_FIELDS:
        # An unquoted number is an ID, true and [1] are none.
        written = (quoted or _is_number(text)) and _may_be_trace(name, text)
        bare = normalise_id(text) if field in TRACERS_IDS else text
        fits = written and len(text) <= ID_CHARACTERS and text.split() == [text] and is_id(bare)
        return text if fits else None
    if field in LONG_TEXTS:
        return _long_text(text, quoted)
    bound = _BOUNDS.get(field, TEXT_CHARACTERS)
    fits = 0 < len(text) <= bound and (quoted or field == "level")
    return text if fits and _fits_short(field, text) else None


def _may_be_trace(name: str, text: str) -> bool:
    """Under `tid` most count threads, and under `trace` many switch something on."""
    if name.lower() == "tid":
        return "." in text or len(text) >= 16
    return name != "trace" or _HEXADECIMAL.fullmatch(normalise_id(text)) is not None


def _fits_short(field: str, text: str) -> bool:
    """Whether a text is what the field is about: not every `method` is one of HTTP."""
    if field == "service":  # a controller names the object that it works on
        return is_id(text) and "/" not in text
    if field == "method":
        return text.isascii() and text.isalpha() and text.isupper() and len(text) <= 16
    return field != "path" or text.startswith("/")


def _long_text(text: str, quoted: bool) -> str | None:
    """A text, or an array of its lines."""
    if quoted:
        return text or None
    if not text.startswith("["):
        return None
    with suppress(msgspec.MsgspecError):
        return "\n".join(line.rstrip("\n") for line in _decode_lines(text)) or None
    return text


def _is_number(text: str) -> bool:
    """Whether a text is a whole number that looks the same when it is written again."""
    return text.isascii() and text.isdigit() and len(text) < 20 and text == str(int(text))


def _timestamp(text: str, quoted: bool) -> str | None:
    """RFC 3339 with a zone, as written where a store takes it so; or a number since 1970."""
    if quoted and storable_timestamp(text):
        return text
    parse = parse_rfc3339 if "-" in text else parse_epoch
    with suppress(ValueError):
        nanoseconds = parse(text)
        formatted = format_rfc3339(nanoseconds) if 0 < nanoseconds < 2**63 else ""
        return formatted if storable_timestamp(formatted) else None
    return None


def format_epochs(texts: list[str]) -> list[str] | None:
    """Times of numbers since 1970, as they are one by one; None where one is unusual."""
    joined = "\n".join(texts)
    found = _EPOCHS.findall(joined)
    if not len(found) == len(texts) == joined.count("\n") + 1:
        return None
    return [
        f"{format_second(int(second))}.{digits or fraction:0<9}Z"
        for second, digits, fraction in found
    ]
