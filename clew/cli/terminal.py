"""
What a terminal is given: colours where it has them, lines as wide as it is, and a quiet end.

Everything that comes out of a log has to pass `printable` first (`clew.transaction.texts`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import textwrap
import zlib
from collections.abc import Iterator
from typing import Any

import click

_SERVICE_COLOURS = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_magenta")
"""Red is kept for errors and yellow for warnings."""

_LEVEL_COLOURS = ((17, "red"), (13, "yellow"))

_READABLE_CHARACTERS = 100
"""Longer lines of prose are hard to read, however wide the terminal is."""


class Terminal:
    """Standard output: coloured and cut to `width` only where it is a terminal."""

    def __init__(self) -> None:
        self.interactive = interactive = sys.stdout.isatty()
        # https://no-color.org: any value but the empty one.
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self._coloured = interactive and not plain
        self._width = shutil.get_terminal_size().columns if interactive else None

    def say(self, text: str = "") -> None:
        click.echo(text, color=self._coloured)

    def style(self, text: str, **style: Any) -> str:
        return click.style(text, **style) if self._coloured else text

    def service(self, name: str, shown: str | None = None) -> str:
        """A service in its own colour; `shown` where it is padded or cut."""
        colour = _SERVICE_COLOURS[zlib.crc32(name.encode()) % len(_SERVICE_COLOURS)]
        return self.style(name if shown is None else shown, fg=colour)

    def level(self, severity: int, shown: str) -> str:
        colour = next((name for least, name in _LEVEL_COLOURS if severity >= least), None)
        return self.style(shown, fg=colour, bold=True) if colour else self.style(shown, dim=True)

    def cut(self, text: str, used: int) -> str:
        """One line that fits beside `used` characters; whole where nobody looks at a screen."""
        room = self.room(used)
        return text if room is None or len(text) <= room else text[: room - 1] + "…"

    def room(self, used: int) -> int | None:
        """How many characters are left beside so many; None where nobody looks at a screen."""
        return None if self._width is None else max(20, self._width - used)

    def wrapped(self, text: str, indent: str = "  ") -> str:
        """A paragraph over as many lines as it needs; words stay whole."""
        width = min(self._width or _READABLE_CHARACTERS, _READABLE_CHARACTERS)
        return textwrap.fill(
            text,
            max(40, width),
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


@contextlib.contextmanager
def quiet_end() -> Iterator[None]:
    """Whoever read our output and left, as `head` does, has seen enough: that is no failure."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its exit, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
