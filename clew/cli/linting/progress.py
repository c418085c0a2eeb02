"""How far reading is: a bar on standard error, where that is a terminal and it takes a while."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clew.cli.linting.inputs import STDIN

WORTH_BYTES = 32 * 1024 * 1024
"""Less is read before anybody has seen the bar; and rich takes a while to be imported."""


class Progress:
    """`add` is told how many bytes were read, as they stand on the disk."""

    def add(self, count: int) -> None: ...


@contextmanager
def shown_progress(paths: Iterable[str], *, hidden: bool) -> Iterator[Progress]:
    total = sum(map(_size_bytes, paths))
    if hidden or total < WORTH_BYTES or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("linting"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("linting", total=total)

        class Shown(Progress):
            def add(self, count: int) -> None:
                bar.advance(task, count)

        yield Shown()


def _size_bytes(path: str) -> int:
    """Of what has no end that is known: nothing."""
    try:
        return 0 if path == STDIN else Path(path).stat().st_size
    except OSError:
        return 0
