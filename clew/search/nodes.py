"""
What a search asks for, as a tree.

Stores translate these nodes; `clew.search.evaluation` says what they mean, document by document,
and both stores must give the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Everything:
    """Every document."""


@dataclass(frozen=True, slots=True)
class Words:
    """
    The words of `text`, next to each other and in this order (one word: that word).

    Without a field: in any of TEXT_FIELDS, or `text` is exactly the value of an ID field or a
    label. With one: a TEXT field.
    """

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """
    The field has exactly one of these values; long fields take them as decimal text.

    `labels` asks for any label, `labels.order_id` for that one.
    """

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A keyword or a label begins with `start`; in a text field, a word does (case ignored)."""

    field: str | None
    start: str


@dataclass(frozen=True, slots=True)
class Range:
    """
    low <= value <= high, each end open where it is None.

    For LONG fields, and TIME fields in Unix nanoseconds.
    """

    field: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """The document has the field, with at least one value."""

    field: str


@dataclass(frozen=True, slots=True)
class And:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


Node = Everything | Words | Term | Prefix | Range | Exists | And | Or | Not
