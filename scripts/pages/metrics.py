"""docs/metrics.md: what each process says of itself at /metrics."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

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
by `make docs` from the `events` of each process, and from the agent's `books.py`.
"""


def metrics_page() -> str:
    lines = [_HEAD]
    for section, modules in SECTIONS.items():
        rows = sorted(row for module in modules for row in metrics(module))
        lines += [f"## {section}", "", *table(("metric", "type", "labels", "meaning"), rows), ""]
    return "\n".join(lines)


def metrics(module: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, labels and meaning of each metric of a module, or of those of a package."""
    for collector in collectors(import_module(module)):
        for described in collector.describe():
            total = "_total" if described.type == "counter" else ""
            names = ", ".join(f"`{label}`" for label in _labels(collector, described))
            yield f"`{described.name}{total}`", described.type, names, described.documentation


def collectors(module: ModuleType) -> Iterator[Any]:
    """What a module, or a package with its modules, shows at `/metrics`."""
    for found in vars(module).values():
        if hasattr(found, "describe") and not isinstance(found, type):
            yield found
    for below in iter_modules(getattr(module, "__path__", ())):
        yield from collectors(import_module(f"{module.__name__}.{below.name}"))


def _labels(collector: Collector, described: Metric) -> tuple[str, ...]:
    """A metric knows its own, a collector of several gives them with each."""
    for known in (collector, described):
        labels = getattr(known, "_labelnames", None)  # there is no public way to ask
        if labels is not None:
            return tuple(labels)
    return ()
