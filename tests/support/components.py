"""
What the tests need besides Python, and what happens where it is missing.

On somebody's machine a test that can't run is skipped, and says what to install. Under CI=true
everything has to be there, so the same test fails: a green run there means that all of it ran.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]

SYSTEM_PACKAGES = "run `sudo make setup-system`"
"""The remedy for whatever Debian packages."""

_UNPACKED = ROOT / ".cache" / "debian"

_CHROMIUM = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def in_ci() -> bool:
    return os.environ.get("CI") == "true"


def missing(component: str, remedy: str) -> NoReturn:
    """Skip the test that needs `component`, with the remedy as the reason; fail it under CI."""
    reason = f"{component} is missing: {remedy}"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def find_program(*names: str) -> Path | None:
    """The first of these programs that is there, each a name on PATH or a path."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    return None


def require_program(component: str, *names: str, remedy: str = SYSTEM_PACKAGES) -> Path:
    """The path of a program, or the end of the test that needs it."""
    return find_program(*names) or missing(component, remedy)


def require_unpacked(package: str, program: str) -> Path:
    """A program of a Debian package that scripts/unpack_debian.sh has unpacked."""
    return require_program(package, str(_UNPACKED / package / program))


def require_chromium() -> Path:
    """The browser that Playwright drives."""
    return require_program("Chromium", *_CHROMIUM)
