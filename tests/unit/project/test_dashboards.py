"""The dashboard asks for metrics that there are."""

from __future__ import annotations

import json
import re
from importlib import import_module

import promql_parser
from prometheus_client.metrics import MetricWrapperBase

from scripts.pages.grafana import WIDTH, expressions, grafana_dashboard
from scripts.pages.metrics import collectors

_NAME = re.compile(r"\b(?:clew|process|up)[a-z0-9_]*")
_OTHERS = {"up", "process_cpu_seconds_total", "process_resident_memory_bytes"}
"""What Prometheus and its client library add to every process."""


def _metrics() -> set[str]:
    """The names of all series that the processes have."""
    names: set[str] = set()
    for process in ("agent", "collector", "query"):
        for metric in collectors(import_module(f"{process}.events")):
            if isinstance(metric, MetricWrapperBase):
                [described] = metric.describe()
                suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
                names |= {described.name + s for s in suffixes.get(described.type, ("",))}
    return names


def test_every_expression_is_promql_over_metrics_that_there_are():
    known = _metrics() | _OTHERS
    for expression in expressions():
        promql_parser.parse(expression)
        bare = re.sub(r'"[^"]*"|\{[^}]*\}', "", expression)
        assert set(_NAME.findall(bare)) <= known, expression


def test_panels_have_their_own_place_and_number():
    panels = json.loads(grafana_dashboard())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & own, panel["title"]
        assert max(x for x, _ in own) < WIDTH
        cells |= own
