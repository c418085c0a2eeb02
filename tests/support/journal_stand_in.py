"""A journal that costs no process for each entry, for tests that play many moments of one."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.support.journal import BOOT

_PROGRAM = """#!/bin/sh
# Of journalctl: export format, from the entry of --cursor on, and what comes later.
from=1
for argument; do
    case $argument in --cursor=*)
        at=$(grep -abxF "__CURSOR=${argument#--cursor=}" "%(journal)s" | cut -d: -f1)
        [ -n "$at" ] && from=$((at + 1)) ;;
    esac
done
exec tail -c "+$from" -f "%(journal)s"
"""


class JournalStandIn:
    """Several journals as one, in the order in which they were written."""

    def __init__(self, folder: Path) -> None:
        self._journal, program = folder / "journal.export", folder / "journalctl"
        self._journal.touch()
        program.write_text(_PROGRAM % {"journal": self._journal})
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.program = str(program)
        self.last_cursor = ""
        self._numbers: dict[str, int] = {}

    def write(self, series: str, message: str, time: int) -> None:
        """An entry of a series, at a time in Unix nanoseconds."""
        number = self._numbers[series] = self._numbers.get(series, 0) + 1
        name, micros = series * 32, time // 1000
        self.last_cursor = f"s={name};i={number:x};b={BOOT};m={number:x};t={micros:x};x={number:x}"
        fields = {
            "__CURSOR": self.last_cursor,
            "__REALTIME_TIMESTAMP": str(micros),
            "_BOOT_ID": BOOT,
            "_SYSTEMD_UNIT": "kubelet.service",
            "MESSAGE": message,
        }
        with self._journal.open("a") as journal:
            journal.write("".join(f"{key}={value}\n" for key, value in fields.items()) + "\n")
