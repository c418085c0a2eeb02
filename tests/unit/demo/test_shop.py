from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from clew.demo.config import ShopConfig
from clew.demo.shop import run_shop
from clew.runtime.errors import ClewError
from clew.runtime.folder_lock import FolderLock


def config_in(directory: Path) -> ShopConfig:
    return ShopConfig(logs=directory / "pods", state=directory / "shop", orders=1)


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "clew_logging", None)
    with pytest.raises(ClewError, match=r"pip install 'clew\[demo\]'"):
        asyncio.run(run_shop(config_in(tmp_path)))
    assert not list(tmp_path.iterdir())


def test_a_service_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The shop names it and where its log is, and ends."""
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(ClewError, match=r"the demo's gateway does not start.*/pods"):
        asyncio.run(run_shop(config_in(tmp_path)))


def test_two_shops_do_not_share_a_folder(tmp_path: Path):
    """The second one says so, and starts nothing."""
    config = config_in(tmp_path)
    config.state.mkdir()
    with (
        FolderLock(config.state, "demo shop"),
        pytest.raises(ClewError, match="demo shop"),
    ):
        asyncio.run(run_shop(config))
    assert not list(config.logs.iterdir())
