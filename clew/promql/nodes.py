"""What a PromQL expression is made of, once it is known that we can evaluate all of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from clew.promql.labels import Grouping
from clew.promql.matchers import Matcher


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """Stands only among a call's arguments."""

    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """
    Samples of series, `offset` nanoseconds ago.

    The latest of each series, or where there is a `range` (nanoseconds) all within it; those stand
    only among a call's arguments.
    """

    matchers: tuple[Matcher, ...]
    range: int | None
    offset: int


@dataclass(frozen=True, slots=True)
class Negation:
    inner: Node


class Many(StrEnum):
    """The side of an operation on which several series may belong to one of the other side."""

    LEFT = "group_left"
    RIGHT = "group_right"


@dataclass(frozen=True, slots=True)
class Matching:
    """
    Which series of the two sides belong together.

    `included` labels come from the side of one. `ignoring` leaves the metric's name out of what is
    compared, but not out of the result of a comparison: there it `keeps_name`.
    """

    grouping: Grouping
    many: Many | None
    included: tuple[str, ...]
    keeps_name: bool


@dataclass(frozen=True, slots=True)
class Operation:
    operator: str
    left: Node
    right: Node
    matching: Matching
    return_bool: bool


@dataclass(frozen=True, slots=True)
class Aggregation:
    operator: str
    inner: Node
    parameter: Node | None
    grouping: Grouping


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Number | Text | Selector | Negation | Operation | Aggregation | Call


def inner_nodes(node: Node) -> tuple[Node, ...]:
    """The parts of a node, in the order in which they are written."""
    match node:
        case Negation(inner):
            return (inner,)
        case Operation(_, left, right):
            return (left, right)
        case Aggregation(_, inner, None):
            return (inner,)
        case Aggregation(_, inner, parameter) if parameter is not None:
            return (parameter, inner)
        case Call(_, arguments):
            return arguments
        case _:
            return ()
