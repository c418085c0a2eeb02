"""The steps of daemonset/Dockerfile, run in a folder instead of an image."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import clew_logging
from clew import __version__
from tests.support.dockerfile import read_stages
from tests.support.manifests import DAEMONSET
from tests.support.wheel import CHECKOUT

_PIN = re.compile(r"^([a-z0-9][^\\\n]*?)\s*\\$", re.MULTILINE | re.IGNORECASE)


def pinned() -> dict[str, str]:
    """The packages of requirements/runtime.txt that this platform gets."""
    text = (CHECKOUT / "requirements" / "runtime.txt").read_text()
    found = [Requirement(line) for line in _PIN.findall(text)]
    here = [each for each in found if each.marker is None or each.marker.evaluate()]
    return {canonicalize_name(e.name): str(e.specifier).removeprefix("==") for e in here}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_image_has_the_pinned_packages_and_clew(
    built_wheel: Path, built_logging_wheel: Path, tmp_path: Path
) -> None:
    """And nothing else: no pip, no compiler, no package that nobody pinned."""
    build, _ = read_stages(DAEMONSET / "Dockerfile")
    (tmp_path / "build").mkdir()
    shutil.copy(CHECKOUT / "requirements" / "runtime.txt", tmp_path / "build")
    shutil.copy(built_wheel, tmp_path / "build")
    shutil.copy(built_logging_wheel, tmp_path / "build")
    for step in build.all("RUN"):
        here = step.replace("/opt/clew", f"{tmp_path}/clew").replace(
            "/build/", f"{tmp_path}/build/"
        )
        words = here.split()
        program = [sys.executable] if words[0] == "python" else [sys.executable, "-m", "pip"]
        done = subprocess.run([*program, *words[1:]], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    python = tmp_path / "clew" / "bin" / "python"
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "list", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    installed = {canonicalize_name(p["name"]): p["version"] for p in json.loads(listed.stdout)}
    ours = {"clew": __version__, "clew-logging": clew_logging.__version__}
    assert installed == pinned() | ours
    said = subprocess.run(
        [tmp_path / "clew" / "bin" / "clew", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert __version__ in said.stdout
