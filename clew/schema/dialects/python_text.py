"""
Text of Python's standard library, loguru, structlog's console and uvicorn.

    INFO:shop.orders:placed
    2026-11-25 19:53:02,789 - shop.orders - INFO - placed
    2026-11-25 19:53:03,353 INFO [shop.orders] [shop.py:27] [trace_id=<trace> ...] - placed
    2026-11-25 19:53:02.198 | INFO     | shop.orders:place:16 - placed
    2026-11-25 19:53:03 [info     ] placed                         transaction_id=A-17
    INFO:     127.0.0.1:44748 - "GET /orders/A-17 HTTP/1.1" 200 OK
"""

from __future__ import annotations

from clew.schema.dialects.column import Column
from clew.schema.dialects.dialect import SEVERITY, Fields, JsonDialect
from clew.schema.dialects.gateways import severity_of_status
from clew.schema.dialects.pairs import split_pairs, with_others
from clew.schema.dialects.text_dialect import (
    LEVELS,
    TIME,
    TIME_NAMES,
    Pairs,
    TextDialect,
    by_pattern,
)

_LOGGER = r"[A-Za-z_][\w.-]*+(?!://)"
_WORDS = {"critical": 21}
_PYTHON = JsonDialect("python-text", names=TIME_NAMES, levels=_WORDS)

_basic = by_pattern(rf"(?P<level>{LEVELS}):(?P<logger>{_LOGGER}):(?P<message>.*)")
_asctime = by_pattern(
    rf"(?P<time>{TIME}) - (?P<logger>\S+) - (?P<level>{LEVELS}) - (?P<message>.*)"
)
_instrumented = by_pattern(
    rf"(?P<time>{TIME}) (?P<level>{LEVELS}) \[(?P<logger>[^\]]*)\] "
    r"\[(?P<filename>[^\]:]*):(?P<lineno>\d+)\] "
    r"\[trace_id=(?P<trace_id>\S*) span_id=(?P<span_id>\S*) "
    r"resource\.service\.name=(?P<service>[^\]\s]*)"
    r"(?: trace_sampled=(?P<trace_sampled>[^\]\s]*))?\]"
    r" - (?P<message>.*)"
)
_loguru = by_pattern(
    rf"(?P<time>{TIME}) \| (?P<level>\w+) *\| "
    r"(?P<logger>[^:]*):(?P<function>[^:]*):(?P<line>\d+) - (?P<message>.*)"
)
_structlog = by_pattern(rf"(?P<time>{TIME}) \[(?P<level>\w+) *\] (?P<message>.*)")
_uvicorn = by_pattern(rf"(?P<level>{LEVELS}): +(?P<message>.*)")
_access = by_pattern(
    rf'(?P<level>{LEVELS}): +(?P<client_addr>\S+) - "(?P<method>[A-Z]+) (?P<full_path>\S+) '
    r'HTTP/(?P<http_version>[\d.]+)" (?P<status>\d{3})(?: .*)?'
)


def _read_structlog(line: str) -> Pairs | None:
    pairs = _structlog(line)
    if pairs is None:
        return None
    found = dict(pairs)
    found["message"], others = split_pairs(found["message"])
    return with_others(found, others)


def _by_status(fields: Fields, _: list[Column]) -> None:
    """Every answer is INFO to uvicorn."""
    if "status" in fields:
        fields[SEVERITY] = list(map(severity_of_status, fields["status"]))


def _read_uvicorn(line: str) -> Pairs | None:
    access = _access(line)
    if access is None:
        return _uvicorn(line)
    found = dict(access)
    path, query, _ = found["full_path"].partition("?")
    if not query:
        del found["full_path"]
    return [*found.items(), ("url.path", path), ("message", line)]


DIALECTS = (
    TextDialect(rf"(?:{LEVELS}):{_LOGGER}:", _basic, _PYTHON),
    TextDialect(rf"{TIME} - \S+ - (?:{LEVELS}) - ", _asctime, _PYTHON),
    TextDialect(
        rf"{TIME} (?:{LEVELS}) \[[^\]]*\] \[[^\]]*\] \[trace_id=",
        _instrumented,
        _PYTHON,
    ),
    TextDialect(
        rf"{TIME} \| \w+ *\| [^:\s]*:[^:\s]*:\d+ - ",
        _loguru,
        JsonDialect("loguru-text", names=TIME_NAMES, levels=_WORDS),
    ),
    TextDialect(
        rf"{TIME} \[(?:debug|info|warning|error|critical|exception) *\] ",
        _read_structlog,
        JsonDialect("structlog-text", names=TIME_NAMES, levels=_WORDS),
    ),
    TextDialect(
        rf"(?:{LEVELS}): {{4,}}\S",
        _read_uvicorn,
        JsonDialect("uvicorn", refine=_by_status, levels=_WORDS),
    ),
)
