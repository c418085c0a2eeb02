"""One order went through 70 services, each with another logger: its ID leads to all of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from clew.answers.reports import Reports
from clew.answers.transactions import transaction
from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.protocols import BOTH, EVERYWHERE, Hit, Question
from tests.support.golden_dialects import decode
from tests.support.libraries.case import Case, load_cases
from tests.support.log_files import START, cri_line
from tests.support.together import import_once
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(120)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ORDER = "A-17"
MILLISECOND = 1_000_000


def pod(case: Case) -> str:
    return case.name.replace(".", "-")


@pytest.fixture(scope="module")
def data(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node on which every golden case ran in a pod of its own, imported."""
    folder = tmp_path_factory.mktemp("libraries")
    for number, case in enumerate(load_cases()):
        pod_folder = folder / "logs" / f"shop_{pod(case)}_{number:08d}-aaaa" / "app"
        pod_folder.mkdir(parents=True)
        lines = case.output.read_bytes().splitlines()
        framed = (
            cri_line(START + at * MILLISECOND, "stdout", "F", line) for at, line in enumerate(lines)
        )
        (pod_folder / "0.log").write_bytes(b"".join(framed))
    done = import_once(installation, folder / "logs", folder / "data")
    assert done.code == 0, done.errors
    assert done.summary["balanced"]
    return folder / "data"


def stored(data: Path) -> dict[str, list[Hit]]:
    """Everything that is stored, by pod, in the order of the lines."""

    async def read() -> dict[str, list[Hit]]:
        store = await EmbeddedLogStore.open(data / "store", writable=False)
        found: dict[str, list[Hit]] = {}
        async for hit in store.scan(Question(Deadline.after(60), collections=BOTH)):
            found.setdefault(hit.source["kubernetes.pod.name"], []).append(hit)
        await store.close()
        return {name: sorted(hits, key=lambda hit: hit.id) for name, hits in found.items()}

    return asyncio.run(read())


def test_every_record_of_every_library_is_stored_as_it_ought_to_be(data: Path) -> None:
    """Through a real agent and collector: as many records, in the dialect, with the severity."""
    found = stored(data)
    for case in load_cases():
        wanted = decode(case.expected.read_bytes())
        said = [(each["dialect"], each["severity"]) for each in wanted]
        sources = [hit.source for hit in found[pod(case)]]
        assert [(s["clew.dialect"], s["clew.severity"]) for s in sources] == said, case.name


@pytest.mark.parametrize("id_", [TRACE, ORDER])
def test_one_id_leads_to_the_lines_of_every_library(data: Path, id_: str) -> None:
    """Wherever a library could write an ID, the answer has its lines."""

    async def ask() -> set[str]:
        store = await EmbeddedLogStore.open(data / "store", writable=False)
        state = await EmbeddedStateStore.open(data / "store", writable=False)
        try:
            answer = await transaction(
                store,
                id_,
                reports=Reports(state),
                scope=EVERYWHERE,
                deadline=Deadline.after(60),
            )
            return {line.source["kubernetes.pod.name"] for line in answer.lines}
        finally:
            await store.close()
            await state.close()

    expected = {pod(case) for case in load_cases() if carries(case, id_)}
    assert expected <= asyncio.run(ask())
    assert len(expected) > 45


def carries(case: Case, id_: str) -> bool:
    """Whether a record of a case has this ID as one of its own."""
    records: list[dict[str, Any]] = [
        each["record"] for each in decode(case.expected.read_bytes()) if each["dialect"] != "none"
    ]
    return any(id_ in {record.get("trace.id"), record.get("transaction.id")} for record in records)
