"""
Which series belong together: the labels that `by`, `without`, `on` and `ignoring` name.

A label with an empty value is no label, as everywhere in Prometheus.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from clew.promql.errors import EvaluationError
from clew.promql.matchers import NAME
from clew.promql.values import Labels, Value


@dataclass(frozen=True, slots=True)
class Grouping:
    """The labels that count: these, or where `excluded` all but these."""

    names: tuple[str, ...]
    excluded: bool

    def key(self, labels: Labels) -> Hashable:
        """The same for all series of one group."""
        if self.excluded:
            return frozenset(item for item in labels.items() if item[0] not in self.names)
        return tuple(labels.get(name, "") for name in self.names)

    def kept(self, labels: Labels) -> Labels:
        """What the labels of a whole group are."""
        if self.excluded:
            return {name: value for name, value in labels.items() if name not in self.names}
        return {name: labels[name] for name in self.names if name in labels}


def by(names: Iterable[str]) -> Grouping:
    """`by` and `on`."""
    return Grouping(tuple(names), excluded=False)


def without(names: Iterable[str]) -> Grouping:
    """`without` and `ignoring`, which leave out the metric's name in any case."""
    return Grouping((*names, NAME), excluded=True)


def without_name(labels: Labels) -> Labels:
    """What a value is called that is no longer what the metric says."""
    if NAME not in labels:
        return labels
    return {name: value for name, value in labels.items() if name != NAME}


def without_empty(labels: Labels) -> Labels:
    if "" not in labels.values():
        return labels
    return {name: value for name, value in labels.items() if value}


def written(labels: Labels) -> str:
    """As PromQL writes them: `name{label="value"}`."""
    pairs = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != NAME)
    return f"{labels.get(NAME, '')}{{{pairs}}}"


def check_distinct(vector: list[Value]) -> list[Value]:
    """The vector. Raises EvaluationError where two of its elements have the same labels."""
    if len({frozenset(value.labels.items()) for value in vector}) == len(vector):
        return vector
    seen = set()
    for value in vector:
        key = frozenset(value.labels.items())
        if key in seen:
            raise EvaluationError(f"two values would have the same labels {written(value.labels)}")
        seen.add(key)
    return vector
