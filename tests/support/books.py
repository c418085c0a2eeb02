"""Wait for what the books of a running agent have to show, and check that they balance."""

from __future__ import annotations

from collections import Counter

from tests.support.balance import Figures, books_of, problems_of
from tests.support.processes import wait_until


def check_books(url: str, containers: int = 1, *, at_rest: bool = False) -> Figures:
    """
    Fails where those of the agent at this address do not balance.

    Waits until so many containers are in them, and `at_rest` until everything is stored.
    """
    seen: list[Figures] = []

    def complete() -> bool:
        seen.append(books_of(url))
        enough = len(seen[-1]) >= containers
        return enough and not (at_rest and any(map(_under_way, seen[-1].values())))

    wait_until(complete, "the books of all containers are there, with all that has to be stored")
    assert [problem for books in seen for problem in problems_of(books)] == []
    return seen[-1]


def _under_way(figures: Counter[str]) -> int:
    # What may still become part of a stack trace is read to its end, and not stored.
    return figures["in_flight_bytes"] + figures["unread_bytes"] + figures["open_pieces"]
