"""
Matchers: which series are meant, by their labels.

https://prometheus.io/docs/prometheus/latest/querying/basics/#instant-vector-selectors: a label that
a series does not have is the empty text, and a regular expression has to match the whole value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

NAME = "__name__"
"""The label that holds the name of a metric."""


class Operator(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    MATCH = "=~"
    NOT_MATCH = "!~"


class Matcher(NamedTuple):
    name: str
    operator: Operator
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether it holds for a series. Raises re.error for a value that is no expression."""
        found = labels.get(self.name, "")
        match self.operator:
            case Operator.EQUAL:
                return found == self.value
            case Operator.NOT_EQUAL:
                return found != self.value
            case Operator.MATCH:
                return _compiled(self.value).fullmatch(found) is not None
            case Operator.NOT_MATCH:
                return _compiled(self.value).fullmatch(found) is None


def equal(name: str, value: str) -> Matcher:
    return Matcher(name, Operator.EQUAL, value)


def all_match(matchers: Sequence[Matcher], labels: Mapping[str, str]) -> bool:
    return all(matcher.matches(labels) for matcher in matchers)


def wanted_name(matchers: Sequence[Matcher]) -> str | None:
    """The one metric that is asked for, where it is one."""
    for matcher in matchers:
        if matcher.name == NAME and matcher.operator is Operator.EQUAL:
            return matcher.value
    return None


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)
