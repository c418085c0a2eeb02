"""
Programs of golden cases, run where nothing that they print tells of this machine.

What is installed for them lies under .cache/libraries, and is kept. An installation is made beside
its place and moved there when it is whole, so that one that broke off is never taken for one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp

from tests.support.components import ROOT

INSTALLED = ROOT / ".cache" / "libraries"

APP = "/app"
"""Where a program lies in its container, as far as its output tells."""

HOST = "host-1"

_INSTALL_SECONDS, _RUN_SECONDS = 900, 120


def installed(language: str, packages: Sequence[str], install: Callable[[Path], None]) -> Path:
    """The folder with these packages. `install` fills an empty one, where there is none yet."""
    digest = hashlib.sha256("\n".join(sorted(packages)).encode()).hexdigest()
    place = INSTALLED / language / digest[:16]
    if place.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    half = Path(mkdtemp(dir=place.parent, prefix=".half-"))
    try:
        install(half)
        half.rename(place)
    except OSError:
        if not place.exists():  # else another run was faster
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return place


def install_with(command: Sequence[str | Path], folder: Path, **environment: str) -> None:
    """Run what installs or builds in a folder. Raises RuntimeError with what it printed."""
    _run(command, folder, environment, _INSTALL_SECONDS)


def output_of(
    command: Sequence[str | Path],
    folder: Path,
    places: Mapping[Path, str],
    environment: Mapping[str, str],
) -> bytes:
    """
    What a program prints that ends well, both streams in one, with the `places` of this machine
    and its name replaced. The clock on its wall is in UTC, as in containers, unless TZ says so.
    """
    output = _run(command, folder, {"TZ": "UTC", **environment}, _RUN_SECONDS)
    for place, instead in places.items():
        output = output.replace(os.fsencode(place), instead.encode())
    name = re.escape(platform.node() or HOST)
    return re.sub(rf"(?<![\w.-]){name}(?![\w.-])".encode(), HOST.encode(), output)


def _run(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], seconds: float
) -> bytes:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        printed = done.stdout.decode(errors="replace")
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}:\n{printed}")
    return done.stdout
