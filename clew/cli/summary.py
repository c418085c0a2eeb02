"""How an import is going, and how it went."""

from __future__ import annotations

import json
from typing import Any, Self

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn


class Bar:
    """A progress bar on standard error, where that is a terminal."""

    def __init__(self, *, hidden: bool) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("indexing"),
            BarColumn(),
            DownloadColumn(),
            TextColumn("{task.fields[lines]:,} lines"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=hidden or not console.is_terminal,
        )
        self._task = self._progress.add_task("indexing", total=None, lines=0)

    def show(self, status: dict[str, Any] | None) -> None:
        """Take in what the agent says of itself; None where it does not answer."""
        if status is None:
            return
        read = status["bytes_read"]
        total = read + status["unread_bytes"]
        self._progress.update(self._task, completed=read, total=total, lines=status["lines_read"])

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def print_summary(status: dict[str, Any], seconds: float, *, as_json: bool) -> None:
    """
    The books of an import.

    Sums are since the data folder was begun; `new_lines` and `seconds` are of this run.
    """
    summary = {
        "files": status["files"],
        "lines": status["lines_read"],
        "new_lines": status["lines_read"] - status["lines_before"],
        "bytes": status["bytes_read"],
        "indexed": status["indexed"],
        "quarantined": status["quarantined"],
        "pieces_joined": status["pieces_joined"],
        "already_stored": status["existing"],
        "unread_bytes": status["unread_bytes"],
        "gaps": status["gap_count"],
        "gap_bytes": status["gap_bytes"],
        "unreadable": status["unreadable"],
        "balanced": status["balanced"],
        "seconds": round(seconds, 2),
    }
    if as_json:
        click.echo(json.dumps(summary))
        return
    for name in ("files", "lines", "new_lines", "bytes", "indexed", "quarantined"):
        click.echo(f"{name.replace('_', ' '):<16}{summary[name]:>14,}")
    for name, meaning in (
        ("pieces_joined", "pieces of cut lines, joined to their line"),
        ("already_stored", "sent before, and stored once"),
        ("unread_bytes", "not a line yet" if summary["balanced"] else "not stored yet"),
        ("gaps", "times that lines were lost"),
    ):
        if summary[name] or name == "gaps":
            click.echo(f"{name.replace('_', ' '):<16}{summary[name]:>14,}  {meaning}")
    click.echo(f"{'seconds':<16}{summary['seconds']:>14,}")
    for path, reason in summary["unreadable"].items():
        click.secho(f"can't read {path}: {reason}", fg="red", err=True)
    if not summary["balanced"]:
        click.secho("the books do not balance: not everything was indexed", fg="red", err=True)
