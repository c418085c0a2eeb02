"""A day of a real system, imported by the installed wheel; every one of its traces asked for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clew.answers.reports import Reports
from clew.answers.transactions import transaction
from clew.runtime.clock import Deadline
from clew.store.embedded.log_store import EmbeddedLogStore
from clew.store.embedded.state_store import EmbeddedStateStore
from clew.store.protocols import EVERYWHERE
from tests.support.together import import_once
from tests.support.trainticket import Place, TrainTicket, unpack
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, slots=True)
class Imported:
    real: TrainTicket
    data: Path
    summary: dict[str, Any]


def run_import(installation: Installation, logs: Path, data: Path) -> dict[str, Any]:
    done = import_once(installation, logs, data)
    assert done.code == 0, done.errors
    return done.summary


@pytest.fixture(scope="module")
def imported(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    folder = tmp_path_factory.mktemp("trainticket")
    real = unpack(folder / "logs")
    return Imported(
        real, folder / "data", run_import(installation, folder / "logs", folder / "data")
    )


def test_the_books_of_the_import_balance(imported: Imported) -> None:
    """Every line of every file is indexed, none is in quarantine, none is lost."""
    summary, real = imported.summary, imported.real
    assert summary["balanced"]
    assert (summary["files"], summary["lines"]) == (real.files, real.lines)
    assert (summary["bytes"], summary["unread_bytes"]) == (real.size_bytes, 0)
    assert (summary["indexed"], summary["quarantined"]) == (real.lines, 0)
    assert (summary["gaps"], summary["already_stored"]) == (0, 0)


def test_every_trace_leads_to_exactly_its_lines(imported: Imported) -> None:
    """For every trace ID in the files: its lines, none missing, none twice, each in its place."""

    async def ask_for_all() -> None:
        store = await EmbeddedLogStore.open(imported.data / "store", writable=False)
        state = await EmbeddedStateStore.open(imported.data / "store", writable=False)
        reports = Reports(state)
        try:
            for trace, places in imported.real.traces.items():
                answer = await transaction(
                    store,
                    trace,
                    reports=reports,
                    scope=EVERYWHERE,
                    deadline=Deadline.after(60),
                )
                found = [_place(line.source) for line in answer.lines]
                assert len(found) == len(set(found)), trace
                assert set(found) == places, trace
                assert answer.trace_ids == [trace]
                assert answer.completeness.agents == []
                assert answer.completeness.complete_up_to is not None
        finally:
            await state.close()
            await store.close()

    asyncio.run(ask_for_all())


def _place(source: dict[str, Any]) -> Place:
    return Place(
        source["log.file.path"],
        source["log.offset"],
        source["service.name"],
        source["kubernetes.pod.name"],
    )


def test_the_command_gives_the_same(imported: Imported, installation: Installation) -> None:
    """`clew trace ID --json --data DIR` prints the lines of the trace and where it failed."""
    trace = max(imported.real.traces, key=lambda name: len(imported.real.traces[name]))
    done = installation.run(installation.clew, "trace", trace, "--json", "--data", imported.data)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {_place(line) for line in answer["lines"]} == imported.real.traces[trace]
    assert all(line["match"] == "direct" for line in answer["lines"])
    assert sum(step["lines"] for step in answer["steps"]) == len(answer["lines"])


def test_a_second_import_changes_nothing(imported: Imported, installation: Installation) -> None:
    """What is stored is not read again; with the checkpoint lost it is, and is stored once."""
    again = run_import(installation, imported.real.tree, imported.data)
    assert (again["indexed"], again["new_lines"]) == (imported.real.lines, 0)
    (imported.data / "agent" / "checkpoint").unlink()
    (imported.data / "agent" / "checkpoint.previous").unlink()
    lost = run_import(installation, imported.real.tree, imported.data)
    assert (lost["indexed"], lost["already_stored"]) == (imported.real.lines, imported.real.lines)
