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

_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]+\])?==(\S+)", re.MULTILINE | re.IGNORECASE)


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text()
    return {canonicalize_name(name): version for name, version in _PIN.findall(text)}


def _asked_for(*, dev: bool) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"]
    asked += project["project"]["optional-dependencies"]["demo"]
    return [Requirement(text) for text in asked + (project["dependency-groups"]["dev"] * dev)]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_that_is_asked_for_is_pinned(lock: str) -> None:
    """Who adds a dependency also runs `make requirements`."""
    pins = _pins(lock)
    for asked in _asked_for(dev=lock == "dev.txt"):
        version = pins.get(canonicalize_name(asked.name))
        assert version is not None, f"{asked} is not in requirements/{lock}"
        assert asked.specifier.contains(version), f"{asked}, but {version} in requirements/{lock}"


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
