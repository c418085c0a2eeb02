"""kill -9 of agent, collector, or both, at any moment of an import: every line is there once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.inputs import canonical_lines, spring_lines, write_cri, write_docker
from tests.support.books import check_books
from tests.support.places import stored_places, written_places
from tests.support.processes import Process

pytestmark = pytest.mark.timeout(240)
LINES = 40_000
KILLS = 4


def _set_up(folder: Path) -> tuple[Process, Process, Process]:
    write_cri(folder / "logs" / "node-a" / "var/log/pods", canonical_lines(LINES))
    write_docker(folder / "logs" / "node-b" / "var/log/pods", spring_lines(LINES))
    store = {"kind": "embedded", "path": str(folder / "store")}
    collector = Process("collector", folder / "run", {"store": store})
    section = {
        "logs": [str(folder / "logs")],
        "data": str(folder / "agent"),
        "collector_url": collector.url,
        "batch_bytes": 256 * 1024,
    }
    agent = Process("agent", folder / "run", section)
    finishing = Process("agent", folder / "finishing", section, "--once")
    return collector, agent, finishing


@pytest.mark.parametrize("victims", [("agent",), ("collector",), ("agent", "collector")])
def test_every_line_is_there_once_after_kills(tmp_path: Path, victims: tuple[str, ...]) -> None:
    """Whoever is killed, and whenever: no line is missing, none is there twice, books balance."""
    collector, agent, finishing = _set_up(tmp_path)
    processes = {"agent": agent, "collector": collector}
    chance = random.Random(",".join(victims))
    with collector:
        with agent:
            for kill in range(KILLS):
                share = (kill + chance.random()) / KILLS
                agent.wait_for_lines(int(share * 2 * LINES))
                check_books(agent.url)
                for name in victims:
                    processes[name].kill()
                for name in victims:
                    processes[name].start()
        with finishing:
            assert finishing.wait(120) == 0, finishing.log
    stored = stored_places(tmp_path / "store")
    assert set(stored) == written_places(tmp_path / "logs")
    assert set(stored.values()) == {1}
