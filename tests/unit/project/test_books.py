"""Tests ask the books of an agent, and would hear of it if they did not balance."""

from __future__ import annotations

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from agent.accounts import Account, Balance
from agent.books import Books
from tests.support.balance import books_in, problems_of


def shown(balance: Balance) -> str:
    registry, books = CollectorRegistry(), Books()
    registry.register(books)
    books.show([balance])
    return generate_latest(registry).decode()


def account(**figures: int) -> Account:
    whole = Account(
        *("shop", "cart-0", "cart"),
        written_bytes=100,
        stored_bytes=50,
        gap_bytes=7,
        excluded_bytes=3,
        stored_lines=21,
        indexed=11,
        quarantined=2,
        joined_pieces=4,
        shed_lines=3,
    )
    return msgspec.structs.replace(whole, **figures)


def test_books_that_balance_have_no_problem():
    books = books_in(shown(Balance(account(), 25, 2, 15, 1)))
    assert list(books) == [("shop", "cart-0", "cart")]
    assert problems_of(books) == []


@pytest.mark.parametrize(
    "figure",
    [
        *("written_bytes", "stored_bytes", "gap_bytes", "excluded_bytes"),
        *("stored_lines", "indexed", "quarantined", "joined_pieces", "shed_lines"),
    ],
)
def test_a_figure_that_is_wrong_is_found(figure: str):
    """Whichever of them it is: each is in one of the two equations."""
    wrong = account(**{figure: 1000})
    [problem] = problems_of(books_in(shown(Balance(wrong, 25, 2, 15, 1))))
    assert "('shop', 'cart-0', 'cart')" in problem
