"""Keep what was no frame, for whoever wants to look at it: the latest of it, and not for ever."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

DAMAGES_KEPT = 16


def keep_aside(path: Path, data: bytes, kept: Callable[[], Iterable[Path]]) -> None:
    """Into a file of its own; of those that are `kept` so far, the oldest go, by their names."""
    with contextlib.suppress(OSError):  # to keep it is a courtesy, to count it is not
        others = sorted(kept())
        for old in others[: max(0, len(others) - DAMAGES_KEPT + 1)]:
            old.unlink()
        path.write_bytes(data)
