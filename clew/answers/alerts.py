"""Which alerts there are, and the rules behind them, as the collector left them last."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from clew.rules.record import PREFIX, GroupRecord, decode
from clew.rules.states import Alert, AlertState
from clew.schema.timestamps import SECOND, format_rfc3339
from clew.store.protocols import StateStore


async def groups(state: StateStore) -> list[GroupRecord]:
    """
    Every group that a collector evaluates, by file and name; a record of another version is none.

    Raises TransientError where the store can't be reached.
    """
    keys = await state.keys(PREFIX)
    found = await asyncio.gather(*(state.get(key) for key in keys))
    records = []
    for each in found:
        try:
            records += [] if each is None else [decode(each.value)]
        except ValueError:
            continue
    return records


def active(records: list[GroupRecord]) -> list[Alert]:
    """Alerts that fire or are pending; those that fire first, and of each kind the latest first."""
    alerts = [
        alert
        for record in records
        for rule in record.rules
        for alert in rule.alerts
        if alert.state is not AlertState.RESOLVED
    ]
    return sorted(alerts, key=lambda a: (a.state is not AlertState.FIRING, -a.active_at))


def group_as_json(record: GroupRecord) -> dict[str, Any]:
    """A group as the API gives it; times are RFC 3339, or null where they have not come."""
    return {
        "file": record.file,
        "name": record.name,
        "interval_seconds": record.interval / SECOND,
        "evaluated_at": _time(record.watermark),
        "evaluation_seconds": record.seconds,
        "held": record.held or None,
        "missed": record.missed,
        "rules": [
            {
                "name": rule.name,
                "definition": orjson.loads(rule.definition),
                "error": rule.error or None,
                "left_out": rule.cut,
                "alerts": [_alert_as_json(alert) for alert in rule.alerts],
            }
            for rule in record.rules
        ],
    }


def _alert_as_json(alert: Alert) -> dict[str, Any]:
    return {
        "labels": alert.labels,
        "annotations": alert.annotations,
        "state": alert.state.value,
        "value": alert.value,
        "active_at": _time(alert.active_at),
        "fired_at": _time(alert.fired_at),
        "resolved_at": _time(alert.resolved_at),
        "evidence": alert.evidence,
        "sent": {url: _time(sent) for url, sent in alert.sent.items()},
    }


def _time(nanoseconds: int) -> str | None:
    return format_rfc3339(nanoseconds) if nanoseconds else None
