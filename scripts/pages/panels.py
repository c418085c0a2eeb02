"""What the dashboard of clew's own processes shows: panels as data, in rows."""

from __future__ import annotations

from typing import NamedTuple


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


def _increase(metric: str) -> str:
    return f"sum by (reason) (increase({metric}[5m]))"


def _quantiles(metric: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            f"histogram_quantile({q}, sum by (le) (rate({metric}_bucket[$__rate_interval])))",
            f"p{round(q * 100)}",
        )
        for q in (0.5, 0.95, 0.99)
    )


_CPU = 'process_cpu_seconds_total{job=~"clew-.+"}'
_LINES = "clew_collector_lines_total"
_BY_NAMESPACE = _rate(_LINES, "namespace")[0]
_CANONICAL = _rate(f'{_LINES}{{written="canonical"}}', "namespace")[0]
_REFUSED = _rate(f'{_LINES}{{written="quarantined"}}', "namespace")[0]
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
                "By all agents; what is stored is acknowledged.",
                "cps",
                (("sum(rate(clew_agent_lines_total[$__rate_interval]))", "lines"),),
            ),
            Panel(
                "Behind",
                "How long ago everything was last delivered; the 20 furthest.",
                "s",
                (("topk(20, clew_agent_behind_seconds)", "{{instance}}"),),
            ),
            Panel(
                "Unread",
                "Bytes in followed files that are not stored yet; the 20 with most.",
                "bytes",
                (("topk(20, clew_agent_unread_bytes)", "{{instance}}"),),
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
                "Lost",
                "Bytes of log files, and scrapes of metric samples, in 5 minutes.",
                "none",
                (
                    (_increase("clew_agent_gap_bytes_total"), "bytes, {{reason}}"),
                    (_increase("clew_agent_lost_scrapes_total"), "scrapes, {{reason}}"),
                ),
            ),
            Panel(
                "Left out on purpose",
                "Lines that agents shed under load, by what the configuration allows.",
                "cps",
                (_rate("clew_agent_shed_lines_total", "kind"),),
            ),
            Panel(
                "Held to their rates",
                "Containers that a rate limit keeps waiting at a time, on average; the 20 most.",
                "none",
                (
                    (
                        "topk(20, rate(clew_agent_delayed_seconds_total[$__rate_interval]))",
                        "{{instance}}",
                    ),
                ),
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
        "How services log",
        (
            Panel(
                "Canonical",
                "Share of lines that needed no translation, by namespace; the 20 with least.",
                "percentunit",
                (
                    (
                        f"bottomk(20, {_CANONICAL} / {_BY_NAMESPACE})",
                        "{{namespace}}",
                    ),
                ),
            ),
            Panel(
                "Refused",
                "Lines put into quarantine, by namespace; the 20 with most.",
                "cps",
                (
                    (
                        f"topk(20, {_REFUSED})",
                        "{{namespace}}",
                    ),
                ),
            ),
            Panel(
                "Dialects",
                "Lines by the way they were written in; the 10 most frequent.",
                "cps",
                (
                    (
                        f"topk(10, {_rate('clew_collector_dialect_lines_total', 'dialect')[0]})",
                        "{{dialect}}",
                    ),
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
                "Requests answered with 5xx, in 5 minutes.",
                "none",
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
                "Cores; the 20 processes with most.",
                "none",
                (
                    (
                        f"topk(20, rate({_CPU}[$__rate_interval]))",
                        "{{job}} {{instance}}",
                    ),
                ),
                columns=12,
            ),
            Panel(
                "Memory",
                "Resident; the 20 processes with most.",
                "bytes",
                (
                    (
                        'topk(20, process_resident_memory_bytes{job=~"clew-.+"})',
                        "{{job}} {{instance}}",
                    ),
                ),
                columns=12,
            ),
        ),
    ),
)
