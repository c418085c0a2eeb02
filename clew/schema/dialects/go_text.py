"""
Text of klog, of zap's and zerolog's consoles, and logfmt, which logrus and slog write.

    I1125 19:50:26.223428   18844 main.go:33] "placed" transaction_id="A-17"
    2026-11-25T19:49:19.759Z	INFO	shop.orders	main.go:18	placed	{"order": "A-17"}
    2026-11-25T19:49:21Z INF placed transaction_id=A-17
    time=2026-11-25T19:49:21.871Z level=INFO msg="placed" transaction_id=A-17
"""

from __future__ import annotations

import re

from clew.schema.dialects.dialect import JsonDialect
from clew.schema.dialects.golang import ZAP_LEVELS
from clew.schema.dialects.pairs import read_pairs, split_pairs, unquote, with_object, with_others
from clew.schema.dialects.text_dialect import TIME, TIME_NAMES, Pairs, TextDialect, by_pattern

_VALUE = r"(?:\"(?:[^\"\\]|\\.)*+\"|\S*+)"
_SHORT = r"TRC|DBG|INF|WRN|ERR|FTL|PNC|\?\?\?"
_NO_LEVEL = "???"
_CRASH = {"panic": 21, "pnc": 21}
_klog = by_pattern(
    r"(?P<level>[IWEF])(?P<local_time>\d{4} \d\d:\d\d:\d\d\.\d+) +(?P<pid>\d+) "
    r"(?P<caller>[^\]\s]+:\d+)\] (?P<message>.*)"
)
_zap = by_pattern(
    rf"(?P<ts>{TIME})\t(?P<level>[A-Za-z]+)\t(?:(?P<logger>[^\t]+)\t)?(?P<caller>[^\t]+:\d+)\t"
    r"(?P<message>[^\t\n]*)(?:\t(?P<object>\{[^\n]*\}))?(?:\n(?P<stacktrace>.+))?"
)
_zerolog = by_pattern(
    rf"(?P<time>{TIME}) (?P<level>{_SHORT}) (?:(?P<caller>\S+:\d+) > )?(?P<message>.*)"
)
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*+")(?: (.*))?', re.DOTALL)
_INDENTED = re.compile(r"(?<![\w./-])([\w./-]{1,256}+)=<\n((?:[ \t].*(?:\n|$))*) ?>")


def _read_klog(line: str) -> Pairs | None:
    pairs = _klog(line)
    if pairs is None:
        return None
    found = dict(pairs)
    quoted = _QUOTED.fullmatch(found["message"])
    if quoted is None:
        return pairs
    found["message"] = unquote(quoted[1])
    rest = quoted[2] or ""
    blocks = {block[1]: _without_indent(block[2]) for block in _INDENTED.finditer(rest)}
    _, others = split_pairs(_INDENTED.sub("", rest))
    said = [(name, text) for name, text in [*others, *blocks.items()] if text != "null"]
    return with_others(found, said)


def _without_indent(block: str) -> str:
    """Text of several lines stands behind a tab or a space."""
    return "\n".join(line[1:] for line in block.splitlines())


def _read_zap(line: str) -> Pairs | None:
    pairs = _zap(line)
    return None if pairs is None else with_object(pairs, "\t")


def _read_zerolog(line: str) -> Pairs | None:
    pairs = _zerolog(line)
    if pairs is None:
        return None
    found = {name: text for name, text in pairs if text != _NO_LEVEL}
    found["message"], others = split_pairs(found["message"])
    return with_others(found, others)


DIALECTS = (
    TextDialect(
        r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+:\d+\] ",
        _read_klog,
        JsonDialect("klog-text", names={"error_message": ("err",)}),
    ),
    TextDialect(
        rf"{TIME}\t[A-Za-z]+\t",
        _read_zap,
        JsonDialect("zap-console", labels=frozenset({"stacktrace"}), levels=ZAP_LEVELS),
        whole=True,
    ),
    TextDialect(
        rf"{TIME} (?:{_SHORT}) ",
        _read_zerolog,
        JsonDialect("zerolog-console", names=TIME_NAMES, levels=_CRASH),
    ),
    TextDialect(
        rf"(?:time|ts|t|level|lvl)={_VALUE} (?:[^\s=]++={_VALUE} )*?(?:msg|message)=",
        read_pairs,
        JsonDialect("logfmt", levels=_CRASH),
    ),
)
