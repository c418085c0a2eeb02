"""How an import is going, and how it went."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Self

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

FAULTS_SHOWN = 20
"""A tree of links to nothing has thousands of files that can't be read, all for one reason."""


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

    Sums are since the data folder was begun; `new_lines`, `already_stored` and `seconds` are of
    this run. `unread_bytes` are with those of `unfinished` lines.
    """
    summary = {
        "files": status["files"],
        "lines": status["lines_read"],
        "new_lines": status["lines_read"] - status["lines_before"],
        "bytes": status["bytes_read"],
        "indexed": status["indexed"],
        "quarantined": status["quarantined"],
        "pieces_joined": status["pieces_joined"],
        "already_stored": status["existing"] - status["existing_before"],
        "unread_bytes": status["unread_bytes"],
        "unfinished": status["unfinished"],
        "gaps": status["gap_count"],
        "gap_bytes": status["gap_bytes"],
        "unreadable": status["unreadable"],
        "held_because": status["held_because"],
        "balanced": status["balanced"],
        "seconds": round(seconds, 2),
    }
    if as_json:
        click.echo(json.dumps(summary))
        return
    for name in ("files", "lines", "new_lines", "bytes", "indexed", "quarantined"):
        _print_row(name, summary[name])
    unfinished = summary["unfinished"]
    torn = sum(unfinished.values())
    for name, number, meaning in (
        ("pieces_joined", summary["pieces_joined"], "pieces of cut lines, joined to their line"),
        ("already_stored", summary["already_stored"], "sent before, and stored once"),
        ("unread_bytes", summary["unread_bytes"] - torn, "not stored yet"),
        ("unfinished_bytes", torn, f"of a last line without its end: {_some(unfinished)}"),
    ):
        if number:
            _print_row(name, number, meaning)
    _print_row("gaps", summary["gaps"], "times that lines were lost")
    _print_row("seconds", summary["seconds"])
    _print_faults(summary)


def _print_row(name: str, number: float, meaning: str = "") -> None:
    click.echo(f"{name.replace('_', ' '):<16}{number:>14,}  {meaning}".rstrip())


def _print_faults(summary: dict[str, Any]) -> None:
    unreadable: dict[str, str] = summary["unreadable"]
    for path, reason in list(unreadable.items())[:FAULTS_SHOWN]:
        _complain(f"can't read {path}: {reason}")
    if len(unreadable) > FAULTS_SHOWN:
        _complain(f"can't read {len(unreadable) - FAULTS_SHOWN:,} more (--json names them all)")
    if not summary["balanced"]:
        held = summary["held_because"]
        _complain(f"not everything was indexed{held and f': {held}'}")


def _complain(text: str) -> None:
    click.secho(text, fg="red", err=True)


def _some(paths: Collection[str]) -> str:
    """The first of some paths, and how many others there are."""
    others = len(paths) - 1
    return next(iter(paths), "") + (f" and {others:,} more" if others > 0 else "")
