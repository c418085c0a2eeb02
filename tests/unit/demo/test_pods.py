from __future__ import annotations

import re
from pathlib import Path

import pytest

from clew.demo.pods import Pods
from clew.runtime.errors import CorruptionError

DIRECTORY = re.compile(r"shop_payment-[b-z2-9]{9}-[b-z2-9]{5}_[0-9a-f-]{36}/payment")


def pods_in(directory: Path) -> Pods:
    return Pods(directory / "pods.json", directory / "pods", ("payment",))


def test_a_pod_looks_like_a_real_one(tmp_path: Path):
    """<namespace>_<pod>_<uid>/<container>, the pod named as a Deployment's."""
    directory = pods_in(tmp_path).directory("payment").relative_to(tmp_path / "pods")
    assert DIRECTORY.fullmatch(str(directory))


def test_a_second_run_goes_on(tmp_path: Path):
    """The pods are the same, and no restart number is given twice."""
    first = pods_in(tmp_path)
    assert [first.next_restart("payment"), first.next_restart("payment")] == [0, 1]
    second = pods_in(tmp_path)
    assert second.directory("payment") == first.directory("payment")
    assert second.next_restart("payment") == 2


def test_a_damaged_file_is_named(tmp_path: Path):
    """What can't be read is said with its path, and not taken for a first run."""
    (tmp_path / "pods.json").write_text('{"payment": 7}')
    with pytest.raises(CorruptionError, match=r"pods\.json"):
        pods_in(tmp_path)
