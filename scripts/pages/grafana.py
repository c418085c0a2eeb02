"""
dashboards/clew-pipeline.json: a Grafana dashboard of clew's own processes.

The panels are data; their places are counted out here, so that a panel is moved by moving a line. A
Prometheus has to scrape the processes under the jobs clew-agent, clew-collector and clew-query.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

WIDTH = 24
"""Columns of Grafana's grid."""

_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


class Panel(NamedTuple):
    """`targets` are expressions, each with its legend."""

    title: str
    meaning: str
    unit: str
    targets: tuple[tuple[str, str], ...]
    kind: str = "timeseries"
    columns: int = 8
    rows: int = 7


class Row(NamedTuple):
    title: str
    panels: tuple[Panel, ...]


def _stat(title: str, meaning: str, unit: str, expression: str) -> Panel:
    return Panel(title, meaning, unit, ((expression, ""),), "stat", columns=4, rows=4)


def _rate(metric: str, by: str) -> tuple[str, str]:
    labels = ", ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    return f"sum by ({by}) (rate({metric}[$__rate_interval]))", labels


def _quantiles(metric: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            f"histogram_quantile({q}, sum by (le) (rate({metric}_bucket[$__rate_interval])))",
            f"p{round(q * 100)}",
        )
        for q in (0.5, 0.95, 0.99)
    )


_FAILED = 'sum(increase(clew_query_requests_total{status=~"5.."}[5m])) or vector(0)'

DASHBOARD: tuple[Row, ...] = (
    Row(
        "Is it well?",
        (
            _stat("Processes", "Processes of clew that answer.", "none", 'sum(up{job=~"clew-.+"})'),
            _stat(
                "Furthest behind",
                "The agent that is furthest from having delivered everything.",
                "s",
                "max(clew_agent_behind_seconds)",
            ),
            _stat(
                "Lines a second",
                "Lines stored for good.",
                "short",
                "sum(rate(clew_agent_lines_total[$__rate_interval]))",
            ),
            _stat(
                "Quarantined",
                "Lines that the schema refused, in the range shown.",
                "short",
                "sum(increase(clew_collector_quarantined_total[$__range]))",
            ),
            _stat(
                "Lost",
                "Bytes of log files that nobody will ever read, in the range shown.",
                "bytes",
                "sum(increase(clew_agent_gap_bytes_total[$__range])) or vector(0)",
            ),
            _stat(
                "Firing",
                "Alerts that fire now.",
                "none",
                'sum(clew_collector_alerts{state="firing"})',
            ),
        ),
    ),
    Row(
        "Agents",
        (
            Panel(
                "Lines stored",
                "By agent; what is stored is acknowledged.",
                "cps",
                (_rate("clew_agent_lines_total", "instance"),),
            ),
            Panel(
                "Behind",
                "How long ago everything was last delivered.",
                "s",
                (("clew_agent_behind_seconds", "{{instance}}"),),
            ),
            Panel(
                "Unread",
                "Bytes in followed files that are not stored yet.",
                "bytes",
                (("clew_agent_unread_bytes", "{{instance}}"),),
            ),
            Panel(
                "Batches",
                "How the collector answered.",
                "cps",
                (_rate("clew_agent_batches_total", "answer"),),
            ),
            Panel(
                "Files",
                "Followed, and those that can't be read.",
                "none",
                (
                    ("sum(clew_agent_files)", "followed"),
                    ("sum(clew_agent_unreadable_files)", "unreadable"),
                ),
            ),
            Panel(
                "Lost bytes",
                "By reason.",
                "Bps",
                (_rate("clew_agent_gap_bytes_total", "reason"),),
            ),
        ),
    ),
    Row(
        "Collectors",
        (
            Panel(
                "Documents",
                "By what became of them; held ones come again.",
                "cps",
                (_rate("clew_collector_documents_total", "outcome"),),
            ),
            Panel(
                "The store's answer",
                "How long it took to take a batch.",
                "s",
                _quantiles("clew_collector_store_seconds"),
            ),
            Panel(
                "Batches",
                "By status; 429 is back-pressure.",
                "cps",
                (_rate("clew_collector_batches_total", "status"),),
            ),
            Panel(
                "Quarantined lines",
                "By the reason why the schema refused them.",
                "cps",
                (_rate("clew_collector_quarantined_total", "reason"),),
            ),
            Panel(
                "Alert rules",
                "Evaluations by outcome.",
                "cps",
                (_rate("clew_collector_rule_evaluations_total", "outcome"),),
            ),
            Panel(
                "Alerts",
                "By state, and what Alertmanagers said to those that were sent.",
                "none",
                (
                    ("sum by (state) (clew_collector_alerts)", "{{state}}"),
                    _rate("clew_collector_alerts_sent_total", "alertmanager, outcome"),
                ),
            ),
        ),
    ),
    Row(
        "Query",
        (
            Panel(
                "Requests",
                "By route.",
                "reqps",
                (_rate("clew_query_requests_total", "route"),),
            ),
            Panel(
                "Answers",
                "How long requests took.",
                "s",
                _quantiles("clew_query_request_duration_seconds"),
            ),
            Panel(
                "Failed",
                "Requests answered with 5xx.",
                "reqps",
                (
                    (
                        'sum(increase(clew_query_requests_total{status=~"5.."}[5m])) or vector(0)',
                        "5xx",
                    ),
                ),
            ),
        ),
    ),
    Row(
        "What it costs",
        (
            Panel(
                "CPU",
                "Cores.",
                "none",
                (
                    (
                        'rate(process_cpu_seconds_total{job=~"clew-.+"}[$__rate_interval])',
                        "{{job}} {{instance}}",
                    ),
                ),
                columns=12,
            ),
            Panel(
                "Memory",
                "Resident.",
                "bytes",
                (
                    (
                        'process_resident_memory_bytes{job=~"clew-.+"}',
                        "{{job}} {{instance}}",
                    ),
                ),
                columns=12,
            ),
        ),
    ),
)


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
