"""What happens in the query process: here it is counted and said, and nowhere else."""

from __future__ import annotations

import logging

from prometheus_client import Counter, Histogram

from clew.runtime.addresses import Address
from clew.runtime.telemetry import Repeated

_log = logging.getLogger("clew.query")
_repeated = Repeated(_log)

_REQUESTS = Counter(
    "clew_query_requests", "Requests answered, by route and status", ["route", "status"]
)
_DURATIONS = Histogram(
    "clew_query_request_duration_seconds",
    "How long requests took to be answered, by route",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def listening(address: Address) -> None:
    _log.info("Pages and API are at %s", address.url)


def stopped() -> None:
    _log.info("Stopped")


def request_answered(route: str, status: int, seconds: float) -> None:
    """`route` is the pattern, never the path: an ID in a metric's label is a series for ever."""
    _REQUESTS.labels(route, status).inc()
    _DURATIONS.labels(route).observe(seconds)


def request_failed(route: str, error: Exception) -> None:
    """An error that nobody foresaw: the one case that needs its traceback."""
    _log.error("A request to %s failed", route, exc_info=error)


def store_unreachable(detail: str) -> None:
    _repeated.warn("store", f"The store can't be asked: {detail}")


def store_reachable() -> None:
    _repeated.clear("store", "The store answers again")
