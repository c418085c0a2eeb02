"""
Logging libraries of Python, really run: an environment for each set of packages, under .cache.

An environment is complete or not there at all; two cases with the same packages share one. Nothing
else is importable in it, since some libraries print more where others are installed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from venv import EnvBuilder

from tests.support.components import ROOT, missing
from tests.support.libraries.case import Case

ENVIRONMENTS = ROOT / ".cache" / "libraries" / "python"
RUN_SECONDS = 100.0
_NAME_CHARACTERS = 120
"""A folder's name has 255 at most, and a package's version must not be cut off unnoticed."""


def run(case: Case) -> bytes:
    """What the program of a case prints, both streams in one, in the order of writing."""
    return run_program(case.program, _files(case.folder), case.packages, case.options)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.py")}


def run_program(
    program: str,
    files: Mapping[str, bytes],
    packages: tuple[str, ...],
    variables: Mapping[str, str] | None = None,
) -> bytes:
    """
    What `program`, one of `files`, prints with these packages and nothing else installed.

    Raises CalledProcessError where it fails, with what it printed in `output`.
    """
    environment = install(packages)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        printed = subprocess.run(
            [environment / "bin" / "python", Path(folder) / program],
            cwd=folder,
            env=_variables(variables or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=RUN_SECONDS,
            check=True,
        ).stdout
    standard_library = sysconfig.get_path("stdlib")
    places = {folder: "/app", str(environment): "/venv", standard_library: "/usr/lib/python3"}
    return anonymous(printed, places)


def _variables(variables: Mapping[str, str]) -> dict[str, str]:
    """As in a container: UTF-8, UTC, no terminal, and nothing of whoever runs the tests."""
    here = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONUNBUFFERED": "1"}
    return {**here, **variables}


def anonymous(printed: bytes, places: Mapping[str, str]) -> bytes:
    """What was printed, without the paths and the name of this machine."""
    for place, name in (*places.items(), (socket.gethostname(), "host-1")):
        printed = printed.replace(place.encode(), name.encode())
    return printed


def require_packages(*packages: str) -> tuple[str, ...]:
    """The packages, once they are installed, or the end of the test that needs them."""
    try:
        install(packages)
    except subprocess.CalledProcessError:
        missing(" ".join(packages), "pip does not get them here")
    return packages


def install(packages: tuple[str, ...]) -> Path:
    """
    The environment with exactly these packages and what they need.

    Raises CalledProcessError where pip does not get them.
    """
    environment = ENVIRONMENTS / _name(packages)
    if (environment / "bin" / "python").exists():  # and no link to a Python that has gone away
        return environment
    shutil.rmtree(environment, ignore_errors=True)
    beside = environment.with_name(f"{environment.name}.{os.getpid()}")
    try:
        EnvBuilder(clear=True, symlinks=True).create(beside)
        if packages:
            pip = ["pip", "--disable-pip-version-check", "--python", str(beside)]
            subprocess.run(
                [sys.executable, "-m", *pip, "install", "--quiet", *packages], check=True
            )
        with suppress(OSError):  # somebody else was faster
            beside.rename(environment)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return environment


def _name(packages: tuple[str, ...]) -> str:
    name = "+".join(sorted(packages)) or "standard-library"
    if len(name) > _NAME_CHARACTERS:
        raise ValueError(f"too many packages for a folder's name: {name}")
    return name
