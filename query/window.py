"""
Which lines of a transaction its page shows.

A browser that is given 50,000 lines freezes, and a list that is cut in silence is a lie. So a page
has a window of lines and says of how many; every other line is a link away, the whole a download.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from clew.transaction.failure import is_failure
from clew.transaction.links import transaction_path, with_query
from clew.transaction.model import Line, Transaction
from query.rows import Row, row

LINES = 500
"""Rows that a browser lays out without a pause."""


class LineParameters(BaseModel):
    """Which lines a person wants to see."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: int = Field(default=1, ge=1, description="The number of the first line shown.")
    only: Literal["", "errors"] = Field(default="", description="Leave everything else out.")
    step: int | None = Field(default=None, ge=1, description="Only the lines of this step.")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line on the page; `number` is its place in the transaction, from 1."""

    number: int
    row: Row
    linked: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class Window:
    """`first` to `last` of `matching` lines, of which the transaction has `total`."""

    shown: list[ShownLine]
    first: int
    last: int
    matching: int
    total: int
    parameters: LineParameters
    previous: str | None
    next: str | None


def look(transaction: Transaction, parameters: LineParameters) -> Window:
    """The lines that these parameters ask for."""
    numbered = [
        (number, line)
        for number, line in enumerate(transaction.lines, 1)
        if _wanted(line, parameters)
    ]
    begin = min(parameters.start - 1, max(0, len(numbered) - 1))
    part = numbered[begin : begin + LINES]
    return Window(
        shown=[_shown(number, line, transaction) for number, line in part],
        first=begin + 1 if part else 0,
        last=begin + len(part),
        matching=len(numbered),
        total=len(transaction.lines),
        parameters=parameters,
        previous=_href(transaction, parameters, max(1, begin + 1 - LINES)) if begin else None,
        next=(
            _href(transaction, parameters, begin + LINES + 1)
            if begin + LINES < len(numbered)
            else None
        ),
    )


def line_path(transaction: Transaction, index: int) -> str:
    """The page and the place on it where the line at an index of the transaction stands."""
    start = index - index % LINES + 1
    path = _href(transaction, LineParameters(), start)
    return f"{path}#L{transaction.lines[index].id}"


def verdict_path(transaction: Transaction) -> str | None:
    """Where the line stands that the verdict rests on."""
    verdict = transaction.verdict
    for index, line in enumerate(transaction.lines):
        if verdict is not None and line.id == verdict.line:
            return line_path(transaction, index)
    return None


def _wanted(line: Line, parameters: LineParameters) -> bool:
    if parameters.step is not None and line.step != parameters.step:
        return False
    return parameters.only != "errors" or is_failure(line.source) or line.quarantined


def _shown(number: int, line: Line, transaction: Transaction) -> ShownLine:
    verdict = transaction.verdict
    return ShownLine(
        number=number,
        row=row(line.id, line.source, quarantined=line.quarantined),
        linked=line.match == "linked",
        failed=verdict is not None and line.id == verdict.line,
    )


def _href(transaction: Transaction, parameters: LineParameters, start: int) -> str:
    return with_query(
        transaction_path(transaction.id),
        start=start if start > 1 else None,
        only=parameters.only,
        step=parameters.step,
    )
