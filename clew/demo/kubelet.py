"""
Keep the logs of containers small, the way the kubelet does.

    0.log                           written to
    0.log.20240131-235910           rotated last, plain for one more period
    0.log.20240131-232200.gz        rotated before

One rotation, in this order: leftovers of an interrupted one are removed, then the oldest files
above the limit; what is still plain is compressed through `.tmp`; the log is renamed, and the
runtime reopens it. At no moment is a line in no file. Without a pause for readers: bytes of a file
above the limit are gone, read or not.

The rules are those of the kubelet's pkg/kubelet/logs/container_log_manager.go.
"""

from __future__ import annotations

import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from clew.demo.containerd import ContainerLog
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import SECOND


class LogPolicy(NamedTuple):
    """The kubelet's settings and their defaults. `max_files` counts the log itself too."""

    max_bytes: int = 10 * 1024 * 1024
    max_files: int = 5
    look_seconds: float = 10.0
    kept_terminated: int = 1


DEFAULT_POLICY = LogPolicy()


def rotate(log: ContainerLog, policy: LogPolicy, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Rotate a log that has reached its size; whether it had."""
    if log.size_bytes() < policy.max_bytes:
        return False
    make_room(log.path, policy.max_files)
    return rename_and_reopen(log, clock)


def make_room(path: Path, max_files: int) -> None:
    """Leave at most `max_files` - 2 rotated files, all of them compressed."""
    kept = _without_leftovers(sorted(path.parent.glob(f"{path.name}.*")))
    excess = max(0, len(kept) - max(0, max_files - 2))
    for old in kept[:excess]:
        old.unlink()
    for plain in kept[excess:]:
        if plain.suffix != ".gz":
            _compress(plain)


def rename_and_reopen(log: ContainerLog, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Rename the log after the local second it is; False where a file of that second is there."""
    if not log.path.exists():
        log.reopen()  # somebody removed it
        return False
    second = datetime.fromtimestamp(clock.now() // SECOND, UTC).astimezone()
    rotated = log.path.with_name(f"{log.path.name}.{second:%Y%m%d-%H%M%S}")
    # The kubelet would take one of the two for a leftover and lose it. It never looks twice in a
    # second; a test may.
    if rotated.exists() or rotated.with_name(f"{rotated.name}.gz").exists():
        return False
    log.path.rename(rotated)
    log.reopen()
    return True


def forget_terminated(directory: Path, current: int, kept: int) -> None:
    """Remove the logs of all lives of a container but the `kept` ones before the current one."""
    for path in directory.glob("*.log*"):
        number = path.name.partition(".")[0]
        if number.isdigit() and int(number) < current - kept:
            path.unlink()


def _without_leftovers(paths: list[Path]) -> list[Path]:
    names = {path.name for path in paths}
    kept = []
    for path in paths:
        if path.suffix == ".tmp" or f"{path.name}.gz" in names:
            path.unlink()
        else:
            kept.append(path)
    return kept


def _compress(plain: Path) -> None:
    unfinished = plain.with_name(f"{plain.name}.tmp")
    with (
        plain.open("rb") as source,
        unfinished.open("wb") as file,
        # Go's writer leaves name and time out of the header.
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as target,
    ):
        shutil.copyfileobj(source, target)
    unfinished.chmod(plain.stat().st_mode)
    unfinished.replace(plain.with_name(f"{plain.name}.gz"))
    plain.unlink()
