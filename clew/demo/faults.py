"""
What goes wrong in the shop, and when.

A timetable is data: which service is in trouble from which second to which, over and over. What
the trouble is, each service knows itself: payment fails for every second order, stock is slow, and
shipping is dead. It starts anew with each run, so that a run can be repeated.

Beside it, one order in twelve is paid with a card that is always declined (`clew.demo.load`).
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """Seconds count from the start of the cycle; 0 <= start < end <= the cycle's length."""

    service: str
    start_seconds: float
    end_seconds: float


class Timetable(NamedTuple):
    cycle_seconds: float
    faults: tuple[Fault, ...]

    def active(self, elapsed_seconds: float) -> frozenset[str]:
        """The services in trouble so long after the start."""
        moment = elapsed_seconds % self.cycle_seconds
        return frozenset(
            f.service for f in self.faults if f.start_seconds <= moment < f.end_seconds
        )

    def seconds_to_change(self, elapsed_seconds: float) -> float | None:
        """How long `active` stays as it is at least; None where it never changes."""
        if not self.faults:
            return None
        moment = elapsed_seconds % self.cycle_seconds
        edges = sorted(edge for f in self.faults for edge in (f.start_seconds, f.end_seconds))
        following = next((edge for edge in edges if edge > moment), edges[0] + self.cycle_seconds)
        return following - moment


NO_FAULTS = Timetable(1.0, ())

EVERY_TWO_MINUTES = Timetable(
    120.0,
    (Fault("payment", 20, 40), Fault("stock", 55, 75), Fault("shipping", 90, 105)),
)

DESCRIPTIONS = {
    "payment": "payment fails for every second order",
    "stock": "stock is slow",
    "shipping": "shipping is dead",
}
