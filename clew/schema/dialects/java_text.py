"""
Text of Spring Boot, Logback and log4j2, with the IDs that Micrometer, Sleuth, Dubbo's users and
SkyWalking put into it.

    2026-11-25T23:52:19.923+04:00  INFO 7 --- [shop] [main] [<trace>-<span>] shop.orders : placed
    2026-11-25T23:52:19.923+04:00  INFO [shop,<trace>,<span>,true] 7 --- [main] shop.orders : placed
    23:52:12.421 [main] INFO shop.orders -- placed
    2026-11-25 23:52:13.318 [main] INFO  shop.orders [<trace>,<span>] - placed
    2026-11-25 23:52:17.387 [TID:<id>] [SW_CTX: [<five>]] [main] INFO  shop.orders -placed
    2026-11-25 23:52:11,659 [main] INFO  shop.orders {traceId=<trace>} - placed
"""

from __future__ import annotations

import re

from clew.schema.dialects.pairs import split_pairs, with_others
from clew.schema.dialects.text_dialect import LEVELS, TIME, Pairs, TextDialect, by_pattern, reading

_HEX = "[0-9a-f]{16,32}"
_CORRELATED = rf"{_HEX}-[0-9a-f]{{16}}\]"
# Nothing gives back what it took: what follows it can't begin so, and a line may be a mebibyte of
# whatever somebody likes.
_spring = by_pattern(
    rf"(?P<time>{TIME})\s++(?P<level>{LEVELS})\s++"
    r"(?:\[(?P<application>[^,\]]*+),(?P<trace_id>[^,\]]*+),(?P<span_id>[^,\]]*+)"
    r"(?:,(?P<sampled>[^\]]*+))?\]\s++)?"
    rf"(?P<pid>\d++)\s++---\s++(?:\[(?P<service>(?!\s*+\]|{_CORRELATED})[^\]]*+)\]\s++)?"
    rf"\[\s*+(?P<thread>(?!\]|{_CORRELATED})[^\]]*+)\]\s++"
    rf"(?:\[(?:(?P<traceId>{_HEX})-(?P<spanId>[0-9a-f]{{16}})|[ -]*+)\]\s*+)?"
    r"(?P<logger>[^\s\[]\S*+)\s++: (?P<message>.*)",
    pid="process.pid",
)
_logback = by_pattern(
    rf"(?P<time>{TIME}) (?:\[TID: ?(?P<TID>[^\]]*)\] )?"
    r"(?:\[SW_CTX: ?(?P<SW_CTX>\[[^\]]*\]|[^\]]*)\] )?"
    rf"\[(?P<thread>[^\]]*)\] (?P<level>{LEVELS}) +(?P<logger>\S+) "
    r"(?:\[(?P<trace_id>[^,\]]*),(?P<span_id>[^,\]]*)\] )?"
    r"-(?:(?P<pairs>(?:[^\s=]{1,256}+=\"[^\"]*+\" ?)*+)- | ?)(?P<message>.*)"
)
_log4j2 = by_pattern(
    rf"(?P<time>{TIME}) \[(?P<thread>[^\]]*)\] (?P<level>{LEVELS}) +(?P<logger>\S+) "
    r"\{(?P<context>[^}]*)\} - (?P<message>.*)"
)
_MEMBER = re.compile(r"(?:^|, )([^\s=,]{1,256})=")
_CONTEXT = re.compile(r"\[([^,\]]*),([^,\]]*),([^,\]]*),([^,\]]*),(-?\d+)\]")


def _read_spring(line: str) -> Pairs | None:
    pairs = _spring(line)
    if pairs is None:
        return None
    found = {name: text for name, text in pairs if text or name == "message"}
    found["thread"] = found["thread"].rstrip()
    if "application" in found:  # Sleuth's copy of the application's name
        found.setdefault("service", found.pop("application"))
        found.pop("application", None)
    return list(found.items())


def _read_logback(line: str) -> Pairs | None:
    pairs = _logback(line)
    if pairs is None:
        return None
    found = dict(pairs)
    _, own = split_pairs(found.pop("pairs", ""))
    context = _CONTEXT.fullmatch(found.get("SW_CTX", ""))
    if context is not None:
        # A span's number is unique in its segment only.
        found |= {"service": context[1], "TID": context[3], "span_id": f"{context[4]}-{context[5]}"}
    named = {name: text for name, text in found.items() if text or name == "message"}
    return with_others(named, own)


def _read_log4j2(line: str) -> Pairs | None:
    pairs = _log4j2(line)
    if pairs is None:
        return None
    found = dict(pairs)
    context = found.pop("context")
    keys = list(_MEMBER.finditer(context))
    ends = [*(key.start() for key in keys[1:]), len(context)]
    for key, end in zip(keys, ends, strict=False):  # without keys there is an end all the same
        found.setdefault(key[1], context[key.end() : end])
    return list(found.items())


DIALECTS = (
    TextDialect(
        rf"{TIME}\s+(?:{LEVELS})\s+(?:\[[^\]]*\]\s+)?\d+\s+---\s",
        _read_spring,
        reading("spring"),
    ),
    TextDialect(
        rf"{TIME} \[[^\]]*\] (?:{LEVELS}) +\S+ \{{[^}}]*\}} - ",
        _read_log4j2,
        reading("log4j2-text"),
    ),
    TextDialect(
        rf"{TIME} (?:\[TID:[^\]]*\] )?(?:\[SW_CTX:[^\]]*\]{{1,2}} )?\[[^\]]*\] (?:{LEVELS}) +\S+ "
        r"(?:-|\[[^,\]]*,[^,\]]*\] -)",
        _read_logback,
        reading("logback"),
    ),
)
