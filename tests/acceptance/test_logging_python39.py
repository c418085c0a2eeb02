"""
clew_logging on the oldest Python that it is for: its own tests, run there over its wheel.

clew itself does not run there, so the lines that these tests write are kept, and judged here.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from clew.schema.record import decode_canonical
from tests.support.components import ROOT, find_program

_TESTS = ROOT / "tests" / "unit" / "clew_logging"
_OF_CLEW = ("test_bounds.py", "test_sdk.py", "test_versions.py")
"""Those that ask clew, or what is not installed there."""
_OLDEST = "3.9"


def find_python(version: str) -> Path | None:
    """From PATH, or of pyenv, whose programs are not on PATH for every version that it has."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = (find_program(str(p)) for p in pyenv.glob(f"{version}.*/bin/python{version}"))
    return next(filter(_runs, (*found, find_program(f"python{version}"))), None)


def _runs(python: Path | None) -> bool:
    """Not all do: pyenv has a `python3.9` on PATH for an environment that has none."""
    if python is None:
        return False
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def python(built_logging_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and what its tests need."""
    oldest = find_python(_OLDEST)
    if oldest is None:
        # Not a failure in CI: no registry of packages has an old Python, and neither has Debian.
        # What can be said without one, tests/unit/clew_logging/test_versions.py says.
        pytest.skip(f"Python {_OLDEST} is missing: run `pyenv install {_OLDEST}`")
    folder = tmp_path_factory.mktemp("oldest")
    subprocess.run([oldest, "-m", "venv", folder], check=True)
    made = folder / "bin" / "python"
    subprocess.run(
        [
            *(made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *(built_logging_wheel, "pytest>=8", "hypothesis>=6.100", "uvicorn>=0.30"),
        ],
        check=True,
    )
    return made


@pytest.mark.timeout(300)
def test_the_tests_of_the_package_pass_on_the_oldest_python(python: Path, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    done = subprocess.run(
        [
            *(python, "-W", "error", "-m", "pytest", "-q", "--noconftest", "-c", os.devnull),
            *("--rootdir", tmp_path, "--import-mode=importlib", "-p", "no:cacheprovider"),
            *(f"--ignore={_TESTS / name}" for name in _OF_CLEW),
            _TESTS,
        ],
        cwd=tmp_path,
        # Options for pytest here are for plugins that are not there.
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
            "PYTHONPATH": str(ROOT),
            "CLEW_LINES": str(lines),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = lines.read_bytes().splitlines()
    assert len(written) > 500
    assert [line for line in written if decode_canonical(line) is None] == []
