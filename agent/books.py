"""
The books of each container as series of `/metrics`.

They are those of the last look: one moment for all of them, so that the equations of
`agent.accounts` hold between the numbers of one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from operator import attrgetter

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from agent.accounts import Balance
from agent.follower import Follower

_LABELS = ("namespace", "pod", "container")
_COUNTERS = {
    "written_bytes": ("Bytes that a container was seen to write.", "written_bytes"),
    "stored_bytes": ("Bytes of a container that are stored for good.", "stored_bytes"),
    "stored_lines": ("Physical lines of a container that are stored for good.", "stored_lines"),
    "joined_pieces": ("Pieces of a container's lines that were joined.", "joined_pieces"),
    "shed_lines": ("Lines of a container that were left out on purpose.", "shed_lines"),
    "excluded_bytes": (
        "Bytes of a container that are not read, as its pod asked for and policy allows.",
        "excluded_bytes",
    ),
    "gap_bytes": ("Bytes of a container that nobody will ever read.", "gap_bytes"),
}
_GAUGES = {
    "in_flight_bytes": ("Bytes of a container that are read and not stored.", "in_flight_bytes"),
    "in_flight_records": ("Records of a container that are in flight.", "in_flight_records"),
    "unread_bytes": ("Bytes of a container that are not read yet.", "unread_bytes"),
    "open_pieces": ("Pieces of lines of a container whose end is waited for.", "open_pieces"),
}


class Books(Collector):
    """Collects what was shown last."""

    def __init__(self) -> None:
        self._balances: list[Balance] = []

    def show(self, balances: Iterable[Balance]) -> None:
        """From any thread."""
        self._balances = list(balances)

    def describe(self) -> Iterable[Metric]:
        return self._families([])

    def collect(self) -> Iterator[Metric]:
        yield from self._families(self._balances)

    def _families(self, balances: list[Balance]) -> Iterator[Metric]:
        for name, (meaning, field) in _COUNTERS.items():
            counter = CounterMetricFamily(f"clew_agent_container_{name}", meaning, labels=_LABELS)
            for labels, value in _sums(balances, f"account.{field}"):
                counter.add_metric(labels, value)
            yield counter
        records = CounterMetricFamily(
            "clew_agent_container_records",
            "Records of a container by what became of them.",
            labels=(*_LABELS, "outcome"),
        )
        for outcome in ("indexed", "quarantined"):
            for labels, value in _sums(balances, f"account.{outcome}"):
                records.add_metric((*labels, outcome), value)
        yield records
        for name, (meaning, field) in _GAUGES.items():
            gauge = GaugeMetricFamily(f"clew_agent_container_{name}", meaning, labels=_LABELS)
            for labels, value in _sums(balances, field):
                gauge.add_metric(labels, value)
            yield gauge


def _sums(balances: list[Balance], field: str) -> Iterable[tuple[tuple[str, str, str], int]]:
    """By name. A pod that came anew under its name has two accounts, and must not be two series."""
    sums: dict[tuple[str, str, str], int] = {}
    figure = attrgetter(field)
    for each in balances:
        labels = each.account.namespace, each.account.pod, each.account.container
        sums[labels] = sums.get(labels, 0) + figure(each)
    return sums.items()


def balances_of(followers: Iterable[Follower]) -> list[Balance]:
    """The books of each container of which some are followed, as of now."""
    by_account: dict[int, list[Follower]] = {}
    for follower in followers:
        by_account.setdefault(id(follower.account), []).append(follower)
    return [
        Balance(
            copy(each[0].account),
            sum(follower.in_flight_bytes for follower in each),
            sum(part.records for follower in each for part in follower.ranges),
            sum(follower.new_bytes for follower in each),
            sum(follower.position.pieces_open for follower in each),
        )
        for each in by_account.values()
    ]


BOOKS = Books()
REGISTRY.register(BOOKS)
