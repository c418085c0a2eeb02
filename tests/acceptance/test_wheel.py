"""What the wheel brings, and that it is the wheel that acceptance tests run."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.wheel import CHECKOUT, Installation

PACKAGES = ("agent", "collector", "query", "clew")
LOGGING = CHECKOUT / "clew_logging"
SOURCES = {".py", ".html", ".css", ".js", ".svg", ".json", ".yaml"}


def test_packages_come_from_the_wheel(installation: Installation) -> None:
    """Acceptance tests run what users install: no package of the checkout can be imported."""
    packages = (*PACKAGES, "clew_logging")
    code = f"for name in {packages!r}: print(__import__(name).__file__)"
    done = installation.run(installation.python, "-c", code)
    assert done.returncode == 0, done.stderr
    for file in done.stdout.splitlines():
        assert Path(file).is_relative_to(installation.directory)
        assert not Path(file).is_relative_to(CHECKOUT)


def test_the_wheel_has_every_file_of_the_packages(built_wheel: Path) -> None:
    """Templates, styles and mappings are shipped with the code that reads them."""
    with zipfile.ZipFile(built_wheel) as archive:
        shipped = set(archive.namelist())
    kept = {
        str(path.relative_to(CHECKOUT))
        for package in PACKAGES
        for path in (CHECKOUT / package).rglob("*")
        if path.suffix in SOURCES and "__pycache__" not in path.parts
    }
    assert kept <= shipped
    assert not [name for name in shipped if name.startswith(("tests/", "bench/", "scripts/"))]


def test_the_wheel_of_clew_logging_has_its_package_and_no_more(built_logging_wheel: Path) -> None:
    """Applications install it by itself."""
    with zipfile.ZipFile(built_logging_wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == {
        str(path.relative_to(LOGGING))
        for path in (LOGGING / "clew_logging").iterdir()
        if path.suffix in {".py", ".typed"}
    }


def test_the_command_says_its_version(installation: Installation) -> None:
    done = installation.run(installation.clew, "--version")
    assert done.returncode == 0, done.stderr
    version = installation.run(installation.python, "-c", "import clew; print(clew.__version__)")
    assert version.stdout.strip() in done.stdout


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_wheel_asks_for_all_it_needs(
    built_wheel: Path, built_logging_wheel: Path, tmp_path: Path
) -> None:
    """`pip install 'clew[demo]'` into an empty environment is enough to start the command."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "empty"], check=True)
    empty = Installation(tmp_path / "empty")
    install = (empty.python, "-m", "pip", "install", "--quiet")
    links = ("--find-links", built_logging_wheel.parent)
    for command in (
        (*install, *links, f"clew[demo] @ {built_wheel.as_uri()}"),
        (empty.python, "-m", "pip", "check"),
        (empty.clew, "up", "--help"),
    ):
        done = empty.run(*command, timeout_seconds=800)
        assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"


def test_the_wheel_has_the_pages_on_loggers(installation: Installation) -> None:
    """`clew lint --how` prints them where there is no checkout."""
    done = installation.run(installation.clew, "lint", "--how", "pino")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (CHECKOUT / "docs" / "logging" / "pino.md").read_text()
