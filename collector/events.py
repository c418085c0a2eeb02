"""
What happens in a collector, said once: counted and, where it matters, logged.

The only module of the collector that knows metrics and the log.
"""

from __future__ import annotations

import logging

from prometheus_client import Counter, Histogram

from clew.runtime.telemetry import Repeated
from clew.schema.rejection import Reason

_log = logging.getLogger("clew.collector")
_repeated = Repeated(_log)

_batches = Counter("clew_collector_batches_total", "Batches by how they were answered.", ["status"])
_batch_bytes = Counter("clew_collector_batch_bytes_total", "Bytes of batches, as they were sent.")
_reports = Counter("clew_collector_reports_total", "Reports by how they were answered.", ["status"])
_documents = Counter(
    "clew_collector_documents_total", "Documents by what became of them.", ["outcome"]
)
_quarantined = Counter(
    "clew_collector_quarantined_total", "Lines put into quarantine, by reason.", ["reason"]
)
_store_seconds = Histogram(
    "clew_collector_store_seconds",
    "How long the store took to take a batch.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def batch_answered(status: int, size_bytes: int) -> None:
    _batches.labels(str(status)).inc()
    _batch_bytes.inc(size_bytes)


def batch_refused(remote: str, detail: str) -> None:
    _repeated.warn(f"refused {remote}", f"a batch from {remote} was refused: {detail}")


def report_answered(status: int) -> None:
    _reports.labels(str(status)).inc()


def report_refused(remote: str, detail: str) -> None:
    _repeated.warn(f"report {remote}", f"a report from {remote} was refused: {detail}")


def documents_stored(created: int, existing: int) -> None:
    _documents.labels("created").inc(created)
    _documents.labels("existing").inc(existing)


def documents_held(count: int, reason: str) -> None:
    _documents.labels("held").inc(count)
    _repeated.warn("held", f"the store does not take documents, agents keep them: {reason}")


def line_quarantined(reason: Reason) -> None:
    _quarantined.labels(reason.value).inc()


def store_answered(seconds: float) -> None:
    _store_seconds.observe(seconds)


def started(address: str, store: str) -> None:
    _log.info("taking batches on %s, keeping documents in %s", address, store)


def stopped() -> None:
    _log.info("stopped; what was acknowledged is stored")
