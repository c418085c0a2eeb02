from __future__ import annotations

from pathlib import Path

from clew.demo.order_numbers import OrderNumbers


def test_no_number_is_given_twice(tmp_path: Path):
    """A gateway that dies loses the rest of its block; its next life repeats no number."""
    path = tmp_path / "order-number"
    first, second = OrderNumbers(path), OrderNumbers(path)
    given = [numbers.take() for numbers in (first, second, first) for _ in range(150)]
    assert given[0] == "A-10001"
    assert len(set(given)) == len(given)
