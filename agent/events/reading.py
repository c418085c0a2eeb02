"""Files and the journal, as far as they can be read."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge

from agent.events.telling import log, repeated
from agent.inotify import HintFailure
from clew.schema.timestamps import SECOND

_open_files = Gauge("clew_agent_open_files", "Log files that are open.")
_open_files_limit = Gauge(
    "clew_agent_open_files_limit", "Log files that may be open; others are unreadable beyond it."
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
_watches = Gauge("clew_agent_inotify_watches", "Folders whose changes the kernel tells at once.")
_hint_failures = Counter(
    "clew_agent_inotify_failures_total",
    "Times that the kernel could not tell all changes, by reason; folders are listed meanwhile.",
    ["reason"],
)
_journal_failures = Counter(
    "clew_agent_journal_failures_total", "Times that the journal of the node could not be read."
)
_journal_missed = Counter(
    "clew_agent_journal_missed_total",
    "Times that the entry up to which the journal was read was gone: others may be, too.",
)
_NO_HINTS = {
    HintFailure.INSTANCES: "no inotify instance, or file to open, is left for this user, and "
    "changes are found by looking alone: raise fs.inotify.max_user_instances",
    HintFailure.WATCHES: "not all folders can be watched, and changes there are found by looking "
    "alone: raise fs.inotify.max_user_watches, or see which logs nobody needs",
    HintFailure.OVERFLOW: "the kernel dropped events, and all folders are looked at instead: "
    "raise fs.inotify.max_queued_events if it goes on",
    HintFailure.UNSUPPORTED: "this machine has no inotify, and changes are found by looking alone",
}
for _hint_failure in HintFailure:
    _hint_failures.labels(_hint_failure.value)


def looked(files: int, unread_bytes: int, unreadable: int) -> None:
    _files.set(files)
    _unread.set(unread_bytes)
    _unreadable.set(unreadable)


def files_open(count: int, limit: int) -> None:
    _open_files.set(count)
    _open_files_limit.set(limit)


def read_failed(path: str, reason: str) -> None:
    repeated.warn(f"unreadable {path}", f"can't read {path}: {reason}")


def delivered_up_to(time: int) -> None:
    _delivered_up_to.set(time / SECOND)


def measure_behind(seconds: Callable[[], float]) -> None:
    """Ask for it whenever the metrics are read: it grows also while nothing happens."""
    _behind.set_function(seconds)


def folders_watched(folders: int) -> None:
    _watches.set(folders)


def hints_failed(reason: HintFailure, watched: int) -> None:
    """Nothing is lost by it: what is new is found at the next look."""
    _hint_failures.labels(reason.value).inc()
    repeated.warn(f"hints {reason}", f"{_NO_HINTS[reason]} ({watched} are watched)")


def hints_recovered(reason: HintFailure) -> None:
    repeated.clear(f"hints {reason}", "the kernel tells all changes again")


def journal_failed(reason: str) -> None:
    _journal_failures.inc()
    repeated.warn("journal", f"can't read the journal: {reason}")


def journal_readable() -> None:
    repeated.clear("journal", "the journal can be read again")


def journal_missed() -> None:
    _journal_missed.inc()
    log.error("the journal has deleted the entry up to which it was read, and maybe later ones")
