"""
What becomes of alerts from one evaluation to the next.

                  result            for `for`              no result, and keep_firing_for is over
    (inactive) ----------> pending ----------> firing ------------------------------> resolved
                              |                   ^ |
                              | no result         | | no result: keep_firing_since
                              v                   +-+
                          (inactive)

The rules are those of Prometheus (rules/alerting.go): an alert is known by its labels; what has
resolved is kept and told for RESOLVED_RETENTION, so that an Alertmanager that was away hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from clew.schema.timestamps import SECOND

Labels = dict[str, str]

RESOLVED_RETENTION = 15 * 60 * SECOND
"""As in Prometheus."""

UNTOLD_RETENTION = 4 * RESOLVED_RETENTION
"""For what nobody was told yet: as far as a collector catches up with evaluations."""

SENDS_MISSED = 4
"""An alert ends by itself when so many sends in a row did not arrive; as in Prometheus."""

SHORTEST_HORIZON = 60 * SECOND
"""Nor does it end before another collector has taken over from one that was killed: the lease of
15 s has to run out, and the program to start."""


class AlertState(StrEnum):
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Alert(msgspec.Struct, omit_defaults=True):
    """
    One alert of a rule; times are Unix nanoseconds, 0 where it has not happened.

    `evidence` is the path of the page that shows why. `sent` says when each Alertmanager, by its
    address, was last told of the present state; copies of an alert share it.
    """

    labels: Labels
    annotations: Labels
    value: float
    active_at: int
    state: AlertState = AlertState.PENDING
    fired_at: int = 0
    resolved_at: int = 0
    keep_firing_since: int = 0
    evidence: str = ""
    sent: dict[str, int] = {}


class Found(NamedTuple):
    """A result of a rule: the alert there should be."""

    labels: Labels
    annotations: Labels
    value: float
    evidence: str


class Patience(NamedTuple):
    """`for` and `keep_firing_for`, in nanoseconds."""

    pending: int
    keep_firing: int


class DuplicateLabelsError(ValueError):
    """Two results of one rule have the same labels: nobody could tell their alerts apart."""


def key_of(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def advance(
    alerts: Iterable[Alert], results: Sequence[Found], patience: Patience, at: int
) -> list[Alert]:
    """
    The alerts of a rule after an evaluation at `at`. Changes none of those given.

    Raises DuplicateLabelsError.
    """
    found = {key_of(result.labels): result for result in results}
    if len(found) < len(results):
        raise DuplicateLabelsError("two results have the same labels")
    known = {key_of(alert.labels): alert for alert in alerts}
    advanced = []
    for key, result in found.items():
        before = known.get(key)
        if before is None or before.state is AlertState.RESOLVED:
            alert = _begun(result, at)
        else:
            alert = _going_on(before, result)
        if alert.state is AlertState.PENDING and at - alert.active_at >= patience.pending:
            alert.state, alert.fired_at = AlertState.FIRING, at
        advanced.append(alert)
    for key, alert in known.items():
        if key not in found:
            advanced += _without_result(msgspec.structs.replace(alert), patience, at)
    return advanced


def is_due(alert: Alert, alertmanager: str, resend_after: int, now: int) -> bool:
    """Whether an Alertmanager has to be told of an alert (again)."""
    if alert.state is AlertState.PENDING:
        return False
    return alert.sent.get(alertmanager, 0) + resend_after <= now


def ends_at(alert: Alert, interval: int, resend_after: int, now: int) -> int:
    """When an alert ends for those who hear no more of it; of a resolved one, when it did."""
    if alert.state is AlertState.RESOLVED:
        return alert.resolved_at
    return now + max(SHORTEST_HORIZON, SENDS_MISSED * max(interval, resend_after))


def _begun(result: Found, at: int) -> Alert:
    return Alert(result.labels, result.annotations, result.value, at, evidence=result.evidence)


def _going_on(alert: Alert, result: Found) -> Alert:
    return msgspec.structs.replace(
        alert,
        annotations=result.annotations,
        value=result.value,
        evidence=result.evidence,
        keep_firing_since=0,
    )


def _without_result(alert: Alert, patience: Patience, at: int) -> list[Alert]:
    match alert.state:
        case AlertState.PENDING:
            return []
        case AlertState.RESOLVED:
            retention = RESOLVED_RETENTION if alert.sent else UNTOLD_RETENTION
            return [alert] if at - alert.resolved_at <= retention else []
        case AlertState.FIRING:
            alert.keep_firing_since = alert.keep_firing_since or at
            if at - alert.keep_firing_since >= patience.keep_firing:
                alert.state, alert.resolved_at, alert.sent = AlertState.RESOLVED, at, {}
            return [alert]
