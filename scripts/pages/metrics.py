"""docs/metrics.md: what each process says of itself at /metrics."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from prometheus_client.metrics import MetricWrapperBase

from scripts.pages.tables import table

SECTIONS = {
    "every process": "clew.runtime.events",
    "agent": "agent.events",
    "collector": "collector.events",
    "query": "query.events",
}

_HEAD = """\
# Metrics

What each process says of itself at `/metrics`, in the format of Prometheus. This page is generated
from the `events.py` of each process by `make docs`.
"""


def metrics_page() -> str:
    lines = [_HEAD]
    for section, module in SECTIONS.items():
        rows = sorted(metrics(module))
        lines += [f"## {section}", "", *table(("metric", "type", "labels", "meaning"), rows), ""]
    return "\n".join(lines)


def metrics(module: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, labels and meaning of each metric of a module."""
    for metric in vars(import_module(module)).values():
        if not isinstance(metric, MetricWrapperBase):
            continue
        [described] = metric.describe()
        total = "_total" if described.type == "counter" else ""
        labels = metric._labelnames  # noqa: SLF001  (there is no public way to ask)
        names = ", ".join(f"`{label}`" for label in labels)
        yield f"`{described.name}{total}`", described.type, names, described.documentation
