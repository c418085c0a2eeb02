"""docs/metrics.md: what each process says of itself at /metrics."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from scripts.pages.tables import table

SECTIONS = {
    "every process": ("clew.runtime.events",),
    "agent": ("agent.events", "agent.books"),
    "collector": ("collector.events",),
    "query": ("query.events",),
}
"""The modules of each process that have metrics, or show what others have counted."""

_HEAD = """\
# Metrics

What each process says of itself at `/metrics`, in the format of Prometheus. This page is generated
by `make docs` from the `events.py` of each process, and from the agent's `books.py`.
"""


def metrics_page() -> str:
    lines = [_HEAD]
    for section, modules in SECTIONS.items():
        rows = sorted(row for module in modules for row in metrics(module))
        lines += [f"## {section}", "", *table(("metric", "type", "labels", "meaning"), rows), ""]
    return "\n".join(lines)


def metrics(module: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, labels and meaning of each metric of a module."""
    for collector in vars(import_module(module)).values():
        if hasattr(collector, "describe") and not isinstance(collector, type):
            for described in collector.describe():
                total = "_total" if described.type == "counter" else ""
                names = ", ".join(f"`{label}`" for label in _labels(collector, described))
                yield f"`{described.name}{total}`", described.type, names, described.documentation


def _labels(collector: Collector, described: Metric) -> tuple[str, ...]:
    """A metric knows its own, a collector of several gives them with each."""
    for known in (collector, described):
        labels = getattr(known, "_labelnames", None)  # there is no public way to ask
        if labels is not None:
            return tuple(labels)
    return ()
