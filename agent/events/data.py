"""The process, and what it keeps in its data folder."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import Counter

from agent.events.telling import log, repeated
from clew.runtime.errors import CorruptionError

_checkpoint_failures = Counter(
    "clew_agent_checkpoint_failures_total", "Checkpoints that could not be written or read."
)
_batches_damaged = Counter(
    "clew_agent_batches_damaged_total",
    "Batches in the outbox that the disk did not give back; their lines are read again.",
)


def started(folders: str, collectors: str | Sequence[str]) -> None:
    urls = collectors if isinstance(collectors, str) else ", ".join(collectors)
    log.info("following %s, sending to %s", folders, urls)


def policy_in_force(name: str) -> None:
    log.info("lines are judged by the policy %s", name)


def stopped() -> None:
    log.info("stopped; what is not stored yet stays in the files")


def summary_not_written(error: OSError) -> None:
    log.warning("the summary of the import can't be written: %s", error)


def checkpoint_damaged(error: CorruptionError) -> None:
    _checkpoint_failures.inc()
    log.error("%s; an older one is used, or all files are read again", error)


def checkpoint_not_written(error: OSError) -> None:
    _checkpoint_failures.inc()
    repeated.warn(
        "checkpoint", f"the checkpoint can't be written, nothing is sent until it can: {error}"
    )


def checkpoint_written() -> None:
    repeated.clear("checkpoint", "the checkpoint can be written again")


def batch_damaged(error: CorruptionError) -> None:
    _batches_damaged.inc()
    log.error("%s; the lines of this batch are read again", error)
