"""Files without a name, and for how long what is written would last."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge

from agent.events.telling import log, repeated

_held_bytes = Gauge(
    "clew_agent_held_bytes", "Bytes on the disk of deleted files that the agent keeps open."
)
_rescue_bytes = Counter(
    "clew_agent_rescued_bytes_total", "Bytes of deleted files that were copied before being read."
)
_rescue_failures = Counter(
    "clew_agent_rescue_failures_total",
    "Times that a deleted file could not be copied; it is kept open instead.",
)
_rescue_damaged = Counter(
    "clew_agent_rescue_damaged_bytes_total", "Bytes of copies that are not what was written."
)
_capacity = Gauge(
    "clew_agent_capacity_seconds",
    "For how long what is written now would survive unread, at the present rate: in the files "
    "that runtimes keep, in deleted files that are open, and as copies in the rescue spool.",
    ["of"],
)


def deleted_files_hold(size_bytes: int) -> None:
    _held_bytes.set(size_bytes)


def rescued(path: str, size_bytes: int) -> None:
    _rescue_bytes.inc(size_bytes)
    repeated.clear("rescue", f"deleted files can be copied again ({path})")


def not_rescued(path: str, error: OSError) -> None:
    _rescue_failures.inc()
    repeated.warn(
        "rescue",
        f"a deleted file can't be copied, and is kept open until it is read: {error} ({path})",
    )


def rescue_damaged(size_bytes: int) -> None:
    _rescue_damaged.inc(size_bytes)
    log.error("%d bytes in the rescue spool are damaged, and were set aside", size_bytes)


def capacity_estimated(seconds: Mapping[str, float]) -> None:
    for name, value in seconds.items():
        _capacity.labels(name).set(value)
