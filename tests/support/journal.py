"""Journals of systemd, written from the export format by systemd's own program."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.support.components import ROOT, SYSTEM_PACKAGES, find_program, missing

BOOT = "0123456789abcdef0123456789abcdef"
START = 1_675_000_000_000_000
"""Microseconds since 1970."""

_UNPACKED = ROOT / ".cache/debian"


def _unpacked(pattern: str) -> str:
    """A program of an unpacked package: releases of Debian differ in where it lies."""
    found = sorted(_UNPACKED.glob(pattern))
    return str(found[0]) if found else "/nonexistent"


class JournalTools:
    def __init__(self) -> None:
        remote = find_program(_unpacked("systemd-journal-remote/**/systemd/systemd-journal-remote"))
        control = find_program(_unpacked("systemd/**/bin/journalctl"), "journalctl")
        if remote is None or control is None:
            missing("systemd's journal", SYSTEM_PACKAGES)
        self._remote, self._control = remote, control
        libraries = {path.parent for path in _UNPACKED.glob("lib*/**/lib*.so*")}
        self._environment = os.environ | {"LD_LIBRARY_PATH": ":".join(map(str, sorted(libraries)))}

    def wrapper(self, folder: Path) -> str:
        """A program that is journalctl, with the libraries it needs."""
        path = folder / "journalctl"
        libraries = self._environment["LD_LIBRARY_PATH"]
        path.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {self._control} "$@"\n')
        path.chmod(0o755)
        return str(path)

    def write(self, journal: Path, *entries: dict[str, str | bytes]) -> None:
        """A journal with these entries, or these behind those that it has."""
        export = b"".join(_exported(entry) for entry in entries)
        subprocess.run(
            [self._remote, "-o", str(journal), "-"],
            input=export,
            env=self._environment,
            check=True,
            capture_output=True,
        )


def entry(
    number: int, message: str | bytes = b"", unit: str = "kubelet.service", **more: str | bytes
) -> dict[str, str | bytes]:
    """What a unit said, a second later for each number."""
    return {
        "__REALTIME_TIMESTAMP": str(START + number * 1_000_000),
        "__MONOTONIC_TIMESTAMP": str(5_000_000 + number * 1_000_000),
        "_BOOT_ID": BOOT,
        "_SYSTEMD_UNIT": unit,
        "MESSAGE": message or f"line {number}",
        "PRIORITY": "6",
    } | more


def _exported(entry: dict[str, str | bytes]) -> bytes:
    lines = []
    for name, value in entry.items():
        content = value.encode() if isinstance(value, str) else value
        if b"\n" in content or not content.isascii():
            size = len(content).to_bytes(8, "little")
            lines.append(name.encode() + b"\n" + size + content + b"\n")
        else:
            lines.append(name.encode() + b"=" + content + b"\n")
    return b"".join(lines) + b"\n"
