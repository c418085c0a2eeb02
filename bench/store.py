"""What the embedded store takes and gives: documents in, one ID out."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import orjson

from bench.inputs import canonical_lines
from bench.results import Figure, median
from clew.runtime.clock import Deadline
from clew.schema.document import Collection, Document, document_id
from clew.search.nodes import Term
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.protocols import Outcome, Question

DOCUMENTS = 100_000
BATCH = 5_000
LOOKUPS = 500
ROUNDS = 3


def run() -> list[Figure]:
    return asyncio.run(_run())


async def _run() -> list[Figure]:
    rates, lookups = [], []
    written = documents(DOCUMENTS)
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            store = await EmbeddedLogStore.open(Path(folder, "store"), writable=True)
            rates.append(await _write(store, written))
            lookups.append(await _look_up(store))
            await store.close()
    return [
        median(f"embedded store, batches of {BATCH:,}", "documents/s", rates),
        median(f"embedded store, one trace out of {DOCUMENTS:,}", "ms", lookups),
    ]


def documents(count: int) -> list[Document]:
    """Canonical lines as a collector would write them."""
    made = []
    for number, (moment, line) in enumerate(canonical_lines(count)):
        head = {
            "kubernetes.namespace": "shop",
            "kubernetes.pod.name": "shop-5d8f9c7b6-x2k8q",
            "log.file.path": "/var/log/pods/shop/main/0.log",
            "clew.generation": "bench",
            "clew.severity": 9,
            "clew.runtime_nanoseconds": moment,
            "log.offset": number * 430,
        }
        source = orjson.dumps(head)[:-1] + b"," + line[1:]
        name = document_id("bench", number * 430)
        made.append(Document(Collection.LOGS, name, moment, source))
    return made


async def _write(store: EmbeddedLogStore, documents: list[Document]) -> float:
    began = time.perf_counter()
    for start in range(0, len(documents), BATCH):
        results = await store.write(documents[start : start + BATCH], Deadline.after(60))
        if any(result.outcome is not Outcome.CREATED for result in results):
            raise RuntimeError("a document was not stored")
    return len(documents) / (time.perf_counter() - began)


async def _look_up(store: EmbeddedLogStore) -> float:
    """Milliseconds for the lines of one trace, the median of many."""
    await store.visible_up_to()
    took = []
    for number in range(LOOKUPS):
        trace = f"{number * 16 % (DOCUMENTS // 12) + 1:032x}"
        began = time.perf_counter()
        page = await store.search(
            Question(Deadline.after(10), Term("trace.id", (trace,))), limit=1000
        )
        took.append((time.perf_counter() - began) * 1000)
        if page.total == 0:
            raise RuntimeError(f"trace {trace} is not there")
    return sorted(took)[len(took) // 2]
