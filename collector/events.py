"""
What happens in a collector, said once: counted and, where it matters, logged.

The only module of the collector that knows metrics and the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from clew.rules.states import AlertState
from clew.runtime.telemetry import Repeated
from clew.schema.line import DIALECTS
from clew.schema.rejection import Reason
from clew.store.protocols import Outcome, Result

_log = logging.getLogger("clew.collector")
_repeated = Repeated(_log)

_batches = Counter("clew_collector_batches_total", "Batches by how they were answered.", ["status"])
_batch_bytes = Counter("clew_collector_batch_bytes_total", "Bytes of batches, as they were sent.")
_sample_batches = Counter(
    "clew_collector_sample_batches_total",
    "Batches of scrapes by how they were answered.",
    ["status"],
)
_sample_batch_bytes = Counter(
    "clew_collector_sample_batch_bytes_total", "Bytes of batches of scrapes, as they were sent."
)
_reports = Counter("clew_collector_reports_total", "Reports by how they were answered.", ["status"])
_report_bytes = Counter("clew_collector_report_bytes_total", "Bytes of reports, as they were sent.")
_changes = Counter(
    "clew_collector_quarantine_changes_total",
    "Steps of replays and purges of the quarantine by how they were answered.",
    ["status"],
)
_change_bytes = Counter(
    "clew_collector_quarantine_change_bytes_total", "Bytes of what asked for them, as sent."
)
Service = tuple[str, str]
"""Its namespace and its name."""

MOST_SERVICES, OTHERS = 500, "(others)"
"""Three series each, and one a violation: the scoreboard of the query service has all of them."""
_services: set[Service] = set()
_REASONS = frozenset(Reason)
_WRITTEN = {"canonical": "canonical", "none": "quarantined"}

_requests = {
    "batch": (_batches, _batch_bytes),
    "samples": (_sample_batches, _sample_batch_bytes),
    "report": (_reports, _report_bytes),
    "quarantine": (_changes, _change_bytes),
}
_refusals = {
    "batch": "a batch was",
    "samples": "samples were",
    "report": "a report was",
    "quarantine": "a change of the quarantine was",
}
_scrapes = Counter("clew_collector_scrapes_total", "Scrapes by what became of them.", ["outcome"])
_documents = Counter(
    "clew_collector_documents_total", "Documents by what became of them.", ["outcome"]
)
_quarantined = Counter(
    "clew_collector_quarantined_total", "Lines put into quarantine, by reason.", ["reason"]
)
_lines = Counter(
    "clew_collector_lines_total",
    "Lines stored for the first time, by service and by how they were written; services beyond the "
    "first 500 are counted together.",
    ["namespace", "service", "written"],
)
_violations = Counter(
    "clew_collector_violations_total",
    "What policies found wanting in lines stored for the first time, by service and reason.",
    ["namespace", "service", "reason"],
)
_dialect_lines = Counter(
    "clew_collector_dialect_lines_total",
    "Lines stored for the first time, by the dialect they were written in.",
    ["dialect"],
)
_replayed = Counter(
    "clew_collector_replayed_total",
    "Quarantined lines that passed a replay, by what the store said to them.",
    ["outcome"],
)
_purged = Counter(
    "clew_collector_purged_total", "Quarantined lines that somebody asked to be deleted."
)
_store_seconds = Histogram(
    "clew_collector_store_seconds",
    "How long the store took to take a batch.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_series_store_seconds = Histogram(
    "clew_collector_series_store_seconds",
    "How long the store took to take a batch of scrapes.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

_evaluations = Counter(
    "clew_collector_rule_evaluations_total", "Evaluations of alert rules.", ["outcome"]
)
_evaluations_missed = Counter(
    "clew_collector_rule_evaluations_missed_total",
    "Moments at which a group was not evaluated, and which are too long ago to catch up with.",
)
_alerts = Gauge("clew_collector_alerts", "Alerts of the rules evaluated here.", ["state"])
_alerts_cut = Counter("clew_collector_alerts_cut_total", "Results beyond the limit of their group.")
_leads = Gauge("clew_collector_alerting_leads", "1 where this collector evaluates the rules.")
_alerting_behind = Gauge(
    "clew_collector_alerting_behind_seconds",
    "How long ago the group that is furthest behind was evaluated.",
)
_alerts_sent = Counter(
    "clew_collector_alerts_sent_total",
    "Alerts sent to an Alertmanager, by what it said.",
    ["alertmanager", "outcome"],
)

# A series that begins with its first increase shows none: so all there can be are there from the
# start.
for _reason in Reason:
    _quarantined.labels(_reason.value)
for _outcome in ("created", "existing", "held"):
    _documents.labels(_outcome)
for _dialect in DIALECTS:
    _dialect_lines.labels(_dialect)
for _said in Outcome:
    _replayed.labels(_said.value)
for _outcome in ("done", "failed", "held"):
    _evaluations.labels(_outcome)


def request_answered(kind: str, status: int, size_bytes: int) -> None:
    batches, batch_bytes = _requests[kind]
    batches.labels(str(status)).inc()
    batch_bytes.inc(size_bytes)


def request_refused(kind: str, remote: str, detail: str) -> None:
    said = _refusals[kind]
    _repeated.warn(f"refused {kind} {remote}", f"{said} refused, from {remote}: {detail}")


def documents_stored(created: int, existing: int) -> None:
    _documents.labels("created").inc(created)
    _documents.labels("existing").inc(existing)


def documents_held(count: int, reason: str) -> None:
    _documents.labels("held").inc(count)
    _repeated.warn("held", f"the store does not take documents, agents keep them: {reason}")


def scrape_settled(result: Result) -> None:
    _scrapes.labels(result.outcome.value).inc()
    if result.outcome is Outcome.REFUSED:
        _repeated.warn("unfit", f"a scrape will never be stored, and is lost: {result.reason}")
    elif result.outcome is Outcome.HELD:
        _repeated.warn("samples", f"the store takes no samples, agents keep them: {result.reason}")


def series_store_answered(seconds: float) -> None:
    _series_store_seconds.observe(seconds)


def lines_stored(
    service: Service, dialects: Mapping[int, int], violations: Mapping[str, int]
) -> None:
    """So many lines of a service, by the number of the dialect on the wire, and violations."""
    if service not in _services and len(_services) < MOST_SERVICES:
        _services.add(service)
    shown = service if service in _services else (OTHERS, OTHERS)
    for written in ("canonical", "translated", "quarantined"):
        _lines.labels(*shown, written)  # from the start, as the others above
    for number, count in dialects.items():
        name = DIALECTS[min(number, len(DIALECTS) - 1)]
        _lines.labels(*shown, _WRITTEN.get(name, "translated")).inc(count)
        _dialect_lines.labels(name).inc(count)
    for violation, count in violations.items():
        # An agent writes what stands there: no label is made of what is no reason.
        reason = violation.partition(":")[0]
        if reason in _REASONS:
            _violations.labels(*shown, reason).inc(count)


def line_quarantined(reason: Reason) -> None:
    _quarantined.labels(reason.value).inc()


def line_replayed(result: Result) -> None:
    _replayed.labels(result.outcome.value).inc()


def lines_purged(count: int) -> None:
    _purged.inc(count)
    _log.info("%d quarantined lines were deleted, as somebody asked for", count)


def store_answered(seconds: float) -> None:
    _store_seconds.observe(seconds)


def lease_taken(epoch: int) -> None:
    _log.info("this collector evaluates the alert rules from now on (epoch %d)", epoch)


def alerting_stands(*, leads: bool, behind_seconds: float) -> None:
    _leads.set(leads)
    _alerting_behind.set(behind_seconds)


def alerts_stand(states: Mapping[AlertState, int]) -> None:
    for state in AlertState:
        _alerts.labels(state.value).set(states.get(state, 0))


def alerting_interrupted(reason: str) -> None:
    _repeated.warn("alerting", f"alert rules can't be evaluated, it is tried again: {reason}")


def rule_evaluated() -> None:
    _evaluations.labels("done").inc()


def rule_failed(group: str, rule: str, reason: str) -> None:
    _evaluations.labels("failed").inc()
    _repeated.warn(f"rule {group} {rule}", f"the rule {rule} of {group} fails: {reason}")


def group_held(group: str, reason: str) -> None:
    _evaluations.labels("held").inc()
    _repeated.warn(f"group {group}", f"{group} is not evaluated until the store answers: {reason}")


def alerting_broke(what: str, error: Exception) -> None:
    _evaluations.labels("failed").inc()
    _log.error("alerting broke off at %s, and begins anew", what, exc_info=error)


def group_evaluated(group: str) -> None:
    _repeated.clear(f"group {group}", f"{group} is evaluated again")
    _repeated.clear("alerting", "alert rules are evaluated again")


def evaluations_missed(count: int) -> None:
    if count:
        _evaluations_missed.inc(count)
        _log.warning("%d evaluations of alert rules are too long ago to catch up with", count)


def alerts_cut(group: str, rule: str, count: int) -> None:
    _alerts_cut.inc(count)
    _repeated.warn(f"limit {group} {rule}", f"{rule} of {group}: {count} alerts over the limit")


def record_unreadable(group: str, reason: str) -> None:
    _log.error("what is kept of %s can't be read, it begins anew: %s", group, reason)


def alertmanager_known(alertmanager: str) -> None:
    for outcome in ("taken", "refused", "failed"):
        _alerts_sent.labels(alertmanager, outcome)


def alerts_sent(alertmanager: str, count: int) -> None:
    _alerts_sent.labels(alertmanager, "taken").inc(count)
    _repeated.clear(f"alertmanager {alertmanager}", f"{alertmanager} takes alerts again")


def alerts_refused(alertmanager: str, reason: str) -> None:
    _alerts_sent.labels(alertmanager, "refused").inc()
    _repeated.warn(f"alertmanager {alertmanager}", f"not every alert was taken: {reason}")


def alerts_not_sent(alertmanager: str, count: int, reason: str) -> None:
    _alerts_sent.labels(alertmanager, "failed").inc(count)
    _repeated.warn(f"alertmanager {alertmanager}", f"alerts were not sent, they wait: {reason}")


def started(address: str, store: str) -> None:
    _log.info("taking batches on %s, keeping documents in %s", address, store)


def stopped() -> None:
    _log.info("stopped; what was acknowledged is stored")
