"""
What became of each order, as its customer saw it: one JSON object a line in `orders.jsonl`.

It is written after the answer, so that every order in it has all its lines in the logs but those
of a service that was still at work for nobody.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

ORDERS_FILE = "orders.jsonl"


class Order(msgspec.Struct, frozen=True):
    """UNANSWERED is an order that the gateway did not answer; it has neither ID."""

    transaction: str | None
    trace: str | None
    customer: str
    outcome: Literal["confirmed", "failed", "unanswered"]
    status: int | None
    failed_service: str | None
    reason: str | None
    forced: str | None
    seconds: float


class Journal:
    def __init__(self, state: Path) -> None:
        self._path = state / ORDERS_FILE

    def append(self, order: Order) -> None:
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(order) + b"\n")


def read_orders(state: Path) -> list[Order]:
    """All orders of all runs, in the order of their answers; none where there was no run."""
    path = state / ORDERS_FILE
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=Order) for line in path.read_bytes().splitlines()]
