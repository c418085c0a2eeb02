"""What clew_logging promises to run with."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import tomllib

import clew_logging

PACKAGE = Path(clew_logging.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]


def test_nothing_in_it_is_newer_than_the_python_it_asks_for():
    """Neither its syntax nor what it takes from the standard library."""
    least = PROJECT["requires-python"].removeprefix(">=")
    vermin = str(Path(sys.executable).with_name("vermin"))
    command = [vermin, "--no-tips", f"-t={least}-", str(PACKAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Minimum required versions" in done.stdout


def test_it_needs_the_standard_library_and_the_api_of_opentelemetry():
    imported = {
        name.partition(".")[0]
        for module in PACKAGE.glob("*.py")
        for name in re.findall(r"^ *(?:from|import) ([\w.]+)", module.read_text(), re.MULTILINE)
    }
    assert imported - sys.stdlib_module_names - {"clew_logging"} == {"opentelemetry"}
    assert len(PROJECT["dependencies"]) == 1
