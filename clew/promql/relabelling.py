"""label_replace and label_join: the same values under other labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from clew.promql.labels import without_empty
from clew.promql.values import Value

_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def label_replace(
    vector: list[Value], target: str, replacement: str, source: str, expression: str
) -> list[Value]:
    """Set `target` where the whole of `source` matches; `$1` and `${name}` are what groups took."""
    pattern = _compiled(expression)
    results = []
    for each in vector:
        match = pattern.fullmatch(each.labels.get(source, ""))
        if match is None:
            results.append(each)
        else:
            results.append(_with(each, target, _expanded(replacement, match)))
    return results


def label_join(vector: list[Value], target: str, separator: str, *sources: str) -> list[Value]:
    """Set `target` to the values of other labels, one after another."""
    return [
        _with(each, target, separator.join(each.labels.get(source, "") for source in sources))
        for each in vector
    ]


def _with(each: Value, target: str, text: str) -> Value:
    return Value(without_empty({**each.labels, target: text}), each.value)


def _expanded(replacement: str, match: re.Match[str]) -> str:
    """https://pkg.go.dev/regexp#Regexp.Expand: a group that is not there is the empty text."""

    def text_of(reference: re.Match[str]) -> str:
        if reference[1]:
            return "$"
        return _group(match, reference[2] or reference[3])

    return _REFERENCE.sub(text_of, replacement)


def _group(match: re.Match[str], name: str) -> str:
    groups: Sequence[str | None] = (match[0], *match.groups())
    if not name.isdecimal():
        return match.groupdict().get(name) or ""
    leads = name.startswith("0") and name != "0"
    return "" if leads or int(name) >= len(groups) else groups[int(name)] or ""


@lru_cache(maxsize=256)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)
