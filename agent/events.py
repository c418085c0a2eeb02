"""
What happens in an agent, said once: each function counts it and, where it matters, logs it.

The only module of the agent that knows metrics and the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from prometheus_client import Counter, Gauge

from agent.ledger import Gap
from clew.runtime.errors import CorruptionError, DeliveryError
from clew.runtime.telemetry import Repeated
from clew.schema.timestamps import SECOND
from clew.wire.batch import PartAnswer

_log = logging.getLogger("clew.agent")
_repeated = Repeated(_log)

_lines = Counter("clew_agent_lines_total", "Physical lines that are stored for good.")
_bytes = Counter("clew_agent_bytes_total", "Bytes of log files that are stored for good.")
_records = Counter("clew_agent_records_total", "Records by what became of them.", ["outcome"])
_batches = Counter("clew_agent_batches_total", "Batches by how they were answered.", ["answer"])
_gaps = Counter("clew_agent_gap_bytes_total", "Bytes that were lost, by reason.", ["reason"])
_checkpoint_failures = Counter(
    "clew_agent_checkpoint_failures_total", "Checkpoints that could not be written or read."
)
_unread = Gauge("clew_agent_unread_bytes", "Bytes in followed files that are not stored yet.")
_files = Gauge("clew_agent_files", "Files that are followed.")
_unreadable = Gauge("clew_agent_unreadable_files", "Files and folders that can't be read.")
_delivered_up_to = Gauge(
    "clew_agent_delivered_up_to_seconds",
    "Unix time up to which everything that the containers wrote is stored; 0 until it is known.",
)
_behind = Gauge(
    "clew_agent_behind_seconds",
    "For how long what is not stored may have waited; 0: nothing waits.",
)
_reports = Counter("clew_agent_reports_total", "Reports by how they were answered.", ["answer"])


def part_stored(physical_lines: int, size_bytes: int, answer: PartAnswer) -> None:
    _lines.inc(physical_lines)
    _bytes.inc(size_bytes)
    _records.labels("indexed").inc(answer.indexed)
    _records.labels("quarantined").inc(answer.quarantined)


def nothing_held() -> None:
    _repeated.clear("part", "the collector takes everything again")


def part_held(path: str, error: str) -> None:
    _repeated.warn("part", f"the collector holds lines back, they are sent again: {error} ({path})")


def batch_answered() -> None:
    _batches.labels("taken").inc()
    _repeated.clear("delivery", "the collector answers again")


def batch_failed(error: DeliveryError) -> None:
    _batches.labels("failed").inc()
    _repeated.warn("delivery", f"a batch was not delivered and is sent again: {error}")


def gap_found(gap: Gap) -> None:
    _gaps.labels(gap.reason.value).inc(gap.end - gap.start)
    _log.error(
        "%d bytes were lost: %s was %s before they were read",
        gap.end - gap.start,
        gap.path,
        gap.reason.value,
    )


def looked(files: int, unread_bytes: int, unreadable: int) -> None:
    _files.set(files)
    _unread.set(unread_bytes)
    _unreadable.set(unreadable)


def delivered_up_to(time: int) -> None:
    _delivered_up_to.set(time / SECOND)


def measure_behind(seconds: Callable[[], float]) -> None:
    """Ask for it whenever the metrics are read: it grows also while nothing happens."""
    _behind.set_function(seconds)


def report_taken() -> None:
    _reports.labels("taken").inc()
    _repeated.clear("report", "the collector takes reports again")


def report_failed(error: Exception) -> None:
    _reports.labels("failed").inc()
    _repeated.warn("report", f"a report was not delivered, a later one will be: {error}")


def read_failed(path: str, reason: str) -> None:
    _repeated.warn(f"unreadable {path}", f"can't read {path}: {reason}")


def checkpoint_damaged(error: CorruptionError) -> None:
    _checkpoint_failures.inc()
    _log.error("%s; an older one is used, or all files are read again", error)


def checkpoint_not_written(error: OSError) -> None:
    _checkpoint_failures.inc()
    _repeated.warn(
        "checkpoint", f"the checkpoint can't be written, nothing is sent until it can: {error}"
    )


def checkpoint_written() -> None:
    _repeated.clear("checkpoint", "the checkpoint can be written again")


def store_changed() -> None:
    _log.warning("the collector keeps documents in another store now: all files are read again")


def started(folders: str, collector: str) -> None:
    _log.info("following %s, sending to %s", folders, collector)


def stopped() -> None:
    _log.info("stopped; what is not stored yet stays in the files")
