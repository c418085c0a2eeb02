"""Alerts and the rules behind them: a page, its `.json` twin, and the API."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from clew.answers.alerts import active, group_as_json
from clew.rules.durations import format_duration, parse_duration
from clew.rules.record import GroupRecord, RuleRecord
from clew.rules.states import AlertState
from query.display import render
from query.models import FAILURES, AlertsAnswer
from query.questions import Questions
from query.replies import json_reply


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule on the page: `asks` is its query or expression, `when` what makes it an alert."""

    name: str
    kind: str
    asks: str
    when: str
    firing: int
    pending: int
    error: str
    cut: int


def alert_routes(questions: Questions) -> APIRouter:
    router = APIRouter(responses=FAILURES)

    @router.get("/alerts", response_class=HTMLResponse, tags=["pages"])
    async def alerts_page() -> Response:
        """Alerts that fire or are about to, and all rules. Its twin is /alerts.json."""
        records = await questions.alert_groups()
        return render(
            "alerts.html",
            alerts=active(records),
            groups=[(record, [_shown(rule) for rule in record.rules]) for record in records],
            now=questions.now(),
        )

    @router.get("/alerts.json", response_model=AlertsAnswer, tags=["pages"])
    @router.get("/api/alerts", response_model=AlertsAnswer, tags=["api"])
    async def alerts() -> Response:
        """Alert rules by group, and their alerts."""
        records: list[GroupRecord] = await questions.alert_groups()
        return json_reply({"groups": [group_as_json(record) for record in records]})

    return router


def _shown(rule: RuleRecord) -> ShownRule:
    definition: dict[str, Any] = orjson.loads(rule.definition)
    states = Counter(alert.state for alert in rule.alerts)
    log = definition.get("log")
    return ShownRule(
        name=rule.name,
        kind="lines" if log else "metrics",
        asks=log["query"] if log else definition["expr"],
        when=", ".join(_conditions(definition, log)),
        firing=states[AlertState.FIRING],
        pending=states[AlertState.PENDING],
        error=rule.error,
        cut=rule.cut,
    )


def _conditions(definition: dict[str, Any], log: dict[str, Any] | None) -> list[str]:
    """`more than 20 in 5m by service.name, for 1m`."""
    said = []
    if log is not None:
        what = f" different {log['distinct']}" if "distinct" in log else ""
        by = f" by {', '.join(log['by'])}" if log.get("by") else ""
        said.append(f"more than {log.get('more_than', 0):,}{what} in {log['window']}{by}")
    for name, words in (("for", "for"), ("keep_firing_for", "firing on for")):
        if name in definition:
            said.append(f"{words} {_normal(definition[name])}")
    return said


def _normal(duration: str) -> str:
    return format_duration(parse_duration(duration))
