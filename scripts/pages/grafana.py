"""
dashboards/clew-pipeline.json: a Grafana dashboard of clew's own processes.

The panels are data (`panels`); their places are counted out here, so that one is moved by moving
a line. A Prometheus has to scrape the processes as jobs clew-agent, clew-collector and clew-query.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scripts.pages.panels import DASHBOARD, Panel

WIDTH = 24
"""Columns of Grafana's grid."""

_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def expressions() -> Iterator[str]:
    """Every expression of the dashboard, with Grafana's variables filled in."""
    for row in DASHBOARD:
        for panel in row.panels:
            for expression, _ in panel.targets:
                yield expression.replace("$__rate_interval", "5m").replace("$__range", "1h")


def grafana_dashboard() -> str:
    panels: list[dict[str, Any]] = []
    top = 0
    for row in DASHBOARD:
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": row.title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": top, "w": WIDTH, "h": 1},
                "panels": [],
            }
        )
        top += 1
        left = 0
        for panel in row.panels:
            if left + panel.columns > WIDTH:
                left, top = 0, top + panel.rows
            place = {"x": left, "y": top, "w": panel.columns, "h": panel.rows}
            panels.append(_panel(panel, len(panels) + 1, place))
            left += panel.columns
        top += row.panels[-1].rows
    return json.dumps(_around(panels), indent=2, ensure_ascii=False) + "\n"


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    if panel.kind == "stat":
        options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.meaning,
        "datasource": _DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": options,
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "expr": expression,
                "legendFormat": legend,
                "datasource": _DATASOURCE,
            }
            for place, (expression, legend) in enumerate(panel.targets)
        ],
    }


def _around(panels: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "uid": "clew-pipeline",
        "title": "clew: the pipeline itself",
        "description": "Agents, collectors and the query service. Generated; import it as it is.",
        "tags": ["clew"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "utc",
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "type": "datasource",
                    "query": "prometheus",
                    "label": "Prometheus",
                    "current": {},
                }
            ]
        },
        "annotations": {"list": []},
        "panels": panels,
    }
