"""The pinned packages: complete, hashed, and the same for every reader."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LOCKS = ("runtime.txt", "dev.txt")
BUILT_HERE = {"clew-logging"}
"""What has a wheel of its own, and no pin."""

_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]+\])?==(\S+)", re.MULTILINE | re.IGNORECASE)


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text()
    return {canonicalize_name(name): version for name, version in _PIN.findall(text)}


def _asked_for(*, dev: bool) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"]
    asked += project["project"]["optional-dependencies"]["demo"]
    found = [Requirement(text) for text in asked + (project["dependency-groups"]["dev"] * dev)]
    return [each for each in found if each.name not in BUILT_HERE]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_that_is_asked_for_is_pinned(lock: str) -> None:
    """Who adds a dependency also runs `make requirements`."""
    pins = _pins(lock)
    for asked in _asked_for(dev=lock == "dev.txt"):
        version = pins.get(canonicalize_name(asked.name))
        assert version is not None, f"{asked} is not in requirements/{lock}"
        assert asked.specifier.contains(version), f"{asked}, but {version} in requirements/{lock}"


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_built_here_is_not_pinned_and_what_it_needs_is(lock: str) -> None:
    pins = _pins(lock)
    project = tomllib.loads((ROOT / "clew_logging" / "pyproject.toml").read_text())["project"]
    assert project["name"] in BUILT_HERE
    assert not BUILT_HERE & pins.keys()
    for asked in map(Requirement, project["dependencies"]):
        assert asked.specifier.contains(pins[canonicalize_name(asked.name)])


def test_tests_run_with_the_packages_that_users_get() -> None:
    runtime, dev = _pins("runtime.txt"), _pins("dev.txt")
    assert runtime.items() <= dev.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_index_and_hash_every_package(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)
    for block in re.split(r"\n(?! )", text.strip()):
        assert "--hash=sha256:" in block, block
