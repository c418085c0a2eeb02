"""
Series of a node -> what its charts show. Nothing here asks anybody.

The names are node_exporter's, so it does not matter who sampled them. CPUs, disks and network cards
are added up as in `clew.schema.figures`: what passes a bridge, or lies on another device, is not
counted twice.

A node may be told of twice, by its agent and by a node_exporter that is scraped. The figures of the
two are never mixed: a NodeSeries is of one target.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clew.answers.curves import (
    Curve,
    Growth,
    Reading,
    curve,
    longest_wait,
    share,
    without_gaps,
)
from clew.promql.matchers import NAME, Matcher, Operator, equal
from clew.schema.figures import is_busy, is_disk, is_outer_network
from clew.schema.sample import Labels
from clew.store.protocols import Series

OF_NODES = (equal("job", "node"), Matcher("node", Operator.NOT_EQUAL, ""))
"""What all series of nodes have in common."""

CPU = "node_cpu_seconds_total"
MEMORY_TOTAL, MEMORY_AVAILABLE = "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes"
BOOTED = "node_boot_time_seconds"
_LOADS = {f"node_load{minutes}": f"load{minutes}" for minutes in (1, 5, 15)}
_BYTES = {
    "node_disk_read_bytes_total": ("disk_read_bytes_per_second", is_disk),
    "node_disk_written_bytes_total": ("disk_written_bytes_per_second", is_disk),
    "node_network_receive_bytes_total": ("network_received_bytes_per_second", is_outer_network),
    "node_network_transmit_bytes_total": ("network_sent_bytes_per_second", is_outer_network),
}

CPU_JITTER_SECONDS = 3.0
"""By how much the kernel may take idle time back; node_exporter, too, does not call it a reset."""

SHARES = (CPU, MEMORY_TOTAL, MEMORY_AVAILABLE)
"""Metrics that tell how busy a node is."""
ALL = (*SHARES, *_LOADS, *_BYTES, BOOTED)


def named(names: Iterable[str]) -> Matcher:
    """One matcher for all of these metrics: a store then reads each scrape once."""
    return Matcher(NAME, Operator.MATCH, "|".join(names))


@dataclass(frozen=True, order=True, slots=True)
class NodeTarget:
    """Who tells of which node."""

    node: str
    cluster: str
    instance: str

    @classmethod
    def of(cls, labels: Labels) -> NodeTarget:
        return cls(*(labels.get(name, "") for name in ("node", "cluster", "instance")))

    @property
    def is_agent(self) -> bool:
        return self.instance == self.node


@dataclass(slots=True)
class NodeSeries:
    """
    What one target says of its node; fed in parts, each in order of time.

    `times` are those of all samples, in Unix nanoseconds.
    """

    target: NodeTarget
    cpus: set[str] = field(default_factory=set)
    times: set[int] = field(default_factory=set)
    _busy: Growth = field(default_factory=lambda: Growth(CPU_JITTER_SECONDS))
    _iowait: Growth = field(default_factory=lambda: Growth(CPU_JITTER_SECONDS))
    _idle: Growth = field(default_factory=lambda: Growth(CPU_JITTER_SECONDS))
    _bytes: dict[str, Growth] = field(default_factory=dict)
    _gauges: dict[str, dict[int, float]] = field(default_factory=dict)

    def feed(self, series: Series) -> None:
        labels, name = series.labels, series.labels[NAME]
        self.times.update(series.times)
        if name == CPU:
            self._feed_cpu(labels, series)
        elif name in _BYTES:
            figure, counts = _BYTES[name]
            if counts(labels):
                growth = self._bytes.setdefault(figure, Growth())
                growth.feed(labels.get("device"), series.times, series.values)
        else:
            gauge = self._gauges.setdefault(name, {})
            gauge.update(zip(series.times, series.values, strict=True))

    def _feed_cpu(self, labels: Labels, series: Series) -> None:
        cpu, mode = labels.get("cpu", ""), labels.get("mode", "")
        self.cpus.add(cpu)
        waiting = self._iowait if mode == "iowait" else self._idle
        growth = self._busy if is_busy(labels) else waiting
        growth.feed((cpu, mode), series.times, series.values)

    @property
    def last_seen(self) -> int | None:
        return max(self.times, default=None)

    @property
    def wait(self) -> int:
        """From how many nanoseconds without a sample on it is a gap."""
        return longest_wait(self.times)

    def latest(self, gauge: str) -> float | None:
        values = self._gauges.get(gauge)
        return values[max(values)] if values else None

    def cpu_busy(self) -> list[Reading]:
        """Shares of all CPUs together."""
        return without_gaps(share(self._busy, (self._idle, self._iowait)), self.wait)

    def memory_used(self) -> list[Reading]:
        """Bytes."""
        total, available = (self._gauges.get(n, {}) for n in (MEMORY_TOTAL, MEMORY_AVAILABLE))
        return [
            Reading(time, time, total[time] - free)
            for time, free in sorted(available.items())
            if time in total
        ]

    def memory_used_share(self) -> list[Reading]:
        total = self._gauges.get(MEMORY_TOTAL, {})
        return [
            Reading(since, time, used / total[time])
            for since, time, used in self.memory_used()
            if total[time] > 0
        ]

    def curves(self, since: int, until: int) -> dict[str, Curve]:
        """All lines by their names, as the JSON has them; empty ones where nothing is known."""
        wait = self.wait
        found = {
            "cpu_busy_share": self.cpu_busy(),
            "cpu_iowait_share": without_gaps(share(self._iowait, (self._busy, self._idle)), wait),
            "memory_used_bytes": self.memory_used(),
            "memory_total_bytes": self._gauge(MEMORY_TOTAL),
        }
        found |= {name: self._gauge(metric) for metric, name in _LOADS.items()}
        for name, _ in _BYTES.values():
            growth = self._bytes.get(name, Growth())
            found[name] = without_gaps(growth.readings(), wait)
        return {name: curve(each, since, until, wait) for name, each in found.items()}

    def _gauge(self, metric: str) -> list[Reading]:
        values = self._gauges.get(metric, {})
        return [Reading(time, time, values[time]) for time in sorted(values)]


class NodeFold:
    """Series of many targets, each to its NodeSeries; those that are `known` need not have any."""

    def __init__(self, known: Iterable[NodeTarget] = ()) -> None:
        self._targets = {target: NodeSeries(target) for target in known}

    def feed(self, found: Iterable[Series]) -> None:
        for series in found:
            target = NodeTarget.of(series.labels)
            known = self._targets.setdefault(target, NodeSeries(target))
            known.feed(series)

    def nodes(self) -> list[NodeSeries]:
        """One for each node of each cluster; where two tell of it, the agent is believed."""
        best: dict[tuple[str, str], NodeSeries] = {}
        for target in sorted(self._targets, key=lambda each: (not each.is_agent, each)):
            best.setdefault((target.node, target.cluster), self._targets[target])
        return [best[key] for key in sorted(best)]
