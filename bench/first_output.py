"""How long a person waits for the first byte of `clew trace`, by either road."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from bench.results import Figure, median
from bench.store import documents
from clew.runtime.addresses import free_port
from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore

DOCUMENTS = 20_000
ROUNDS = 15
READY_SECONDS = 30.0
TRACE = f"{7:032x}"


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(_fill(folder / "store"))
        port = free_port("127.0.0.1")
        config = folder / "query.yaml"
        store = {"kind": "embedded", "path": str(folder / "store")}
        config.write_text(
            yaml.safe_dump({"query": {"listen": f"127.0.0.1:{port}", "store": store}})
        )
        query = subprocess.Popen(
            [*_clew("query"), "--config", str(config)], stderr=subprocess.DEVNULL
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_ready(url)
            return [
                median("clew trace, from the query service", "ms", _rounds("--url", url)),
                median("clew trace, from a data folder", "ms", _rounds("--data", name)),
            ]
        finally:
            query.terminate()
            query.wait()


def _clew(command: str) -> list[str]:
    return [sys.executable, "-m", "clew", command]


async def _fill(store_folder: Path) -> None:
    store = await EmbeddedLogStore.open(store_folder, writable=True)
    await store.write(documents(DOCUMENTS), Deadline.after(60))
    await store.close()


def _wait_ready(url: str) -> None:
    deadline = Deadline.after(READY_SECONDS)
    while not deadline.passed():
        try:
            with urllib.request.urlopen(f"{url}/readyz"):
                return
        except (urllib.error.URLError, ConnectionError):
            continue
    raise RuntimeError("the query service did not start")


def _rounds(*options: str) -> list[float]:
    """Milliseconds from the start of the process to its first byte."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        process = subprocess.Popen(
            [*_clew("trace"), TRACE, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        first = process.stdout.read(1)
        took.append((time.perf_counter() - began) * 1000)
        process.communicate()
        if not first or process.returncode != 0:
            raise RuntimeError(f"clew trace ended with {process.returncode}")
    return took
