"""
clew as users get it: the built wheel, installed where nothing of the checkout can be imported.

The environment's libraries are those of the tests' own, added by a `.pth` file, so that nothing is
downloaded. A path added that way is not searched for more `.pth` files, and so the editable install
beside those libraries stays out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment with clew in it. Nothing in `environment` leads back to the checkout."""

    directory: Path

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def clew(self) -> Path:
        return self.directory / "bin" / "clew"

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(
        self, *command: str | Path, timeout_seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """
        Run a command to its end outside the checkout; its exit code and what it printed.

        Raises TimeoutExpired, having killed it.
        """
        return subprocess.run(
            command,
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )


def _must(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"


def build_wheel(directory: Path, project: Path = CHECKOUT) -> Path:
    """Build the wheel of the checkout, or of another project, into `directory`."""
    _must(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", directory, project
    )
    [wheel] = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def built_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def built_logging_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of clew_logging."""
    return build_wheel(tmp_path_factory.mktemp("wheel"), CHECKOUT / "clew_logging")


@pytest.fixture(scope="session")
def installation(
    built_wheel: Path, built_logging_wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """The wheels, installed. What tests start from it imports nothing of the checkout."""
    installed = Installation(tmp_path_factory.mktemp("installation"))
    _must(sys.executable, "-m", "venv", "--without-pip", installed.directory)
    # pip comes before the libraries do: seeing those, it would take clew for installed already.
    _must(
        *(sys.executable, "-m", "pip", "--python", installed.python, "install", "--quiet"),
        *("--no-deps", "--no-index", "--disable-pip-version-check"),
        *(built_wheel, built_logging_wheel),
    )
    libraries = installed.run(
        installed.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
    )
    path_file = Path(libraries.stdout.strip()) / "libraries.pth"
    path_file.write_text(sysconfig.get_path("purelib") + "\n")
    return installed


@pytest.fixture(scope="session")
def clew_program(installation: Installation) -> Path:
    """The `clew` command of the wheel. Start it with a working directory outside the checkout."""
    return installation.clew
