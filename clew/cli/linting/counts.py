"""What was counted in each file: a name, or a table where there are several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os.path import commonpath
from pathlib import PurePath
from typing import Any

from clew.cli.linting.rules import pod_of
from clew.cli.terminal import Terminal
from clew.transaction.texts import percent, printable

_HEAD = ("FILE", "FORMAT", "LINES", "CANONICAL", "TRANSLATED", "REFUSED", "WANTING", "TRACE", "TX")


def print_files(found: Mapping[str, Any], terminal: Terminal) -> None:
    files = found["files"]
    if len(files) == 1:
        [only] = files
        framed = "" if only["format"] == "plain" else f" · {only['format']}"
        terminal.say(terminal.style(printable(only["file"]), bold=True) + framed)
        return
    names = _short([each["file"] for each in files])
    cells = [_cells(name, each) for name, each in zip(names, files, strict=True)]
    rows = _told([_HEAD, *cells, _cells("all", {"format": "", **found})])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = terminal.room(sum(widths[1:]) + 2 * len(widths))
    if room is not None:
        widths[0] = min(widths[0], room)
    styles: list[dict[str, Any]] = [{"dim": True}, *({} for _ in files), {"bold": True}]
    for row, style in zip(rows, styles, strict=True):
        terminal.say(terminal.style(_aligned(row, widths), **style))


def share(each: Mapping[str, Any], name: str) -> str:
    return percent(each[name] / each["lines"]) if each["lines"] else ""


def _short(paths: Sequence[str]) -> list[str]:
    """Pods as people call them, and other files without the folders that all are in."""
    folders = {str(PurePath(path).parent) for path in paths if not any(pod_of(path))}
    try:
        shared = commonpath(folders) if folders else ""
    except ValueError:  # some begin at the root, some don't
        shared = ""
    return [_short_name(path, shared) for path in paths]


def _short_name(path: str, shared: str) -> str:
    namespace, container = pod_of(path)
    if namespace:
        *_, folder, _, name = PurePath(path).parts
        return printable(f"{namespace}/{folder.split('_')[1]}/{container}/{name}")
    return printable(path).removeprefix(f"{shared}/")


def _cells(name: str, each: Mapping[str, Any]) -> tuple[str, ...]:
    wanting = each["violating"] - each["refused"]  # what is taken, and violates the policy
    return (
        name,
        each["format"],
        f"{each['lines']:,}",
        share(each, "canonical"),
        share(each, "translated"),
        f"{each['refused']:,}" if each["refused"] else "",
        f"{wanting:,}" if wanting else "",
        share(each, "with_trace"),
        share(each, "with_transaction"),
    )


def _told(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without columns that say nothing: no file is framed, none has a refused line."""
    columns = [column for column in zip(*rows, strict=True) if not {*column[1:]} <= {"", "plain"}]
    return [*zip(*columns, strict=True)]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    name, width = row[0], widths[0]
    if len(name) > width:
        name = name[: width - 1] + "…"
    others = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join([name.ljust(width), *others]).rstrip()
