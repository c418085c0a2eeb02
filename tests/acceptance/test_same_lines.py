"""The same lines have the same IDs, whatever becomes of their file and of the agent's memory."""

from __future__ import annotations

import gzip
import shutil
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bench.inputs import canonical_lines, write_cri
from tests.support.places import stored_ids
from tests.support.together import import_once
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(180)

LINES = 500


@pytest.fixture
def container(tmp_path: Path) -> Path:
    """A container's folder with the first half of its lines in `0.log`."""
    tree = write_cri(tmp_path / "logs", islice(canonical_lines(LINES), LINES // 2))
    [file] = tree.rglob("0.log")
    return file.parent


def _import(installation: Installation, logs: Path, data: Path) -> dict[str, Any]:
    done = import_once(installation, logs, data)
    assert done.code == 0, done.errors
    return done.summary


def _grow(container: Path) -> None:
    whole = write_cri(container.parents[1] / "whole", canonical_lines(LINES))
    [file] = whole.rglob("0.log")
    with (container / "0.log").open("ab") as log:
        log.write(file.read_bytes()[(container / "0.log").stat().st_size :])
    shutil.rmtree(whole)


def test_growth_copy_rotation_compression_and_a_lost_checkpoint_store_nothing_twice(
    installation: Installation, container: Path, tmp_path: Path
) -> None:
    """After each of them an import adds the new lines only, under the IDs they always have."""
    logs, data = tmp_path / "logs", tmp_path / "data"
    assert _import(installation, logs, data)["indexed"] == LINES // 2
    first = stored_ids(data / "store")

    _grow(container)
    assert _import(installation, logs, data)["indexed"] == LINES
    every = stored_ids(data / "store")
    assert first.keys() < every.keys()

    (container / "0.log").rename(container / "0.log.20230129-084209")
    (container / "0.log").touch()
    summary = _import(installation, logs, data)
    assert (summary["lines"], summary["already_stored"], summary["gaps"]) == (LINES, 0, 0)

    rotated = container / "0.log.20230129-084209"
    rotated.with_name(f"{rotated.name}.gz").write_bytes(gzip.compress(rotated.read_bytes()))
    rotated.unlink()
    assert _import_anew(installation, logs, data)["already_stored"] == LINES

    copy = shutil.copytree(logs, tmp_path / "other-node" / "var/log/pods")
    shutil.rmtree(logs)
    assert _import_anew(installation, copy, data)["already_stored"] == LINES
    assert stored_ids(data / "store") == every
    assert set(every.values()) == {1}


def _import_anew(installation: Installation, logs: Path, data: Path) -> dict[str, Any]:
    """With the checkpoint lost."""
    shutil.rmtree(data / "agent")
    return _import(installation, logs, data)


def test_another_store_gets_everything(
    installation: Installation, container: Path, tmp_path: Path
) -> None:
    """What was stored in a store that is gone is read and stored again, without being told to."""
    logs, data = tmp_path / "logs", tmp_path / "data"
    _import(installation, logs, data)
    before = stored_ids(data / "store")
    shutil.rmtree(data / "store")
    assert _import(installation, logs, data)["new_lines"] == LINES // 2
    assert stored_ids(data / "store") == before
