"""Stores are opened as configured, and only what is used is loaded."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from clew.runtime.clock import Deadline
from clew.runtime.errors import ClewError
from clew.store.config import StoreConfig
from clew.store.opening import open_stores
from clew.store.protocols import Outcome
from tests.support.documents import NOON, document
from tests.support.scrapes import NODE_1, sample, scrape

ROOT = Path(__file__).parents[3]


def test_embedded_stores_open_in_one_directory(tmp_path):
    """Documents, samples and state are kept side by side, and closing frees the directory."""

    async def check() -> None:
        config = StoreConfig(path=tmp_path / "data")
        for expected in (Outcome.CREATED, Outcome.EXISTS):
            stores = await open_stores(config, writable=True)
            (result,) = await stores.logs.write([document(1)], Deadline.after(60))
            assert result.outcome is expected
            (result,) = await stores.series.write(
                [scrape(NODE_1, NOON, sample("up"))], Deadline.after(60)
            )
            assert result.outcome is expected
            assert await stores.state.keys("") == []
            await stores.close()

    asyncio.run(check())


def test_only_one_opens_them_for_writing(tmp_path):
    """A second writer fails with a sentence; it succeeds once the first is closed."""

    async def check() -> None:
        config = StoreConfig(path=tmp_path)
        first = await open_stores(config, writable=True)
        with pytest.raises(ClewError, match="in use by the store's writer that runs as process"):
            await open_stores(config, writable=True)
        await first.close()
        await (await open_stores(config, writable=True)).close()

    asyncio.run(check())


@pytest.mark.parametrize(
    ("module", "foreign"),
    [
        ("clew.store.opening", {"tantivy", "sqlite3", "elasticsearch", "aiohttp"}),
        ("clew.store.embedded.log_store", {"elasticsearch", "aiohttp", "pydantic"}),
    ],
)
def test_only_what_is_used_is_imported(module, foreign):
    """Start-up time is imports: neither implementation is loaded for the sake of the other."""
    program = f"import sys, {module}; print(*sorted({foreign!r} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert loaded.stdout.split() == []
