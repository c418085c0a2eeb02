"""
Logging libraries of Python, really run: an environment for each set of packages, under .cache.

Nothing else is importable in it, since some libraries print more where others are installed; and
nothing of whoever runs the tests is in the environment's variables, since some colour what they
print where they see that they are in CI.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from venv import EnvBuilder

from tests.support.components import missing
from tests.support.libraries.case import Case
from tests.support.libraries.running import APP, install_with, installed, output_of


def run(case: Case) -> bytes:
    """
    What the program of a case prints, both streams in one, in the order of writing.

    The options of the case are variables in its environment.
    """
    files = {path.name: path.read_text() for path in case.folder.glob("*.py")}
    return run_program(case.program, files, case.packages, case.options)


def run_program(
    program: str,
    files: Mapping[str, str],
    packages: tuple[str, ...],
    variables: Mapping[str, str] | None = None,
) -> bytes:
    """
    What `program`, one of `files`, prints with these packages and nothing else installed.

    Raises RuntimeError where it fails, with what it printed.
    """
    environment = install(packages)
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for file, text in files.items():
            (folder / file).write_text(text)
        places = {folder: APP, environment: "/venv", _standard_library(): "/usr/lib/python3"}
        python = environment / "bin" / "python"
        command = ["env", "-i", *_variables(variables or {}), str(python), "-u", program]
        return output_of(command, folder, places, {})


def _standard_library() -> Path:
    return Path(sysconfig.get_path("stdlib"))


def _variables(variables: Mapping[str, str]) -> list[str]:
    """As in a container: UTF-8, and UTC."""
    here = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
    return [f"{name}={text}" for name, text in {**here, **variables}.items()]


def require_packages(*packages: str) -> tuple[str, ...]:
    """The packages, once they are installed, or the end of the test that needs them."""
    try:
        install(packages)
    except RuntimeError:
        missing(" ".join(packages), "pip does not get them here")
    return packages


def install(packages: tuple[str, ...]) -> Path:
    """
    The environment with exactly these packages and what they need.

    Raises RuntimeError where pip does not get them.
    """

    def fill(folder: Path) -> None:
        EnvBuilder(symlinks=True).create(folder)
        pip = ["pip", "--disable-pip-version-check", "--python", str(folder), "install", "--quiet"]
        if packages:
            install_with([sys.executable, "-m", *pip, *packages], folder)

    # An environment is of no use to another Python than the one that made it.
    return installed("python", (*packages, sys.executable, sys.version), fill)
