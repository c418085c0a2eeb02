"""A full disk, under the store or under the checkpoint: said, waited out, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.inputs import canonical_lines, write_cri
from tests.support.places import stored_places, written_places
from tests.support.processes import Process, wait_until

pytestmark = pytest.mark.timeout(180)
LINES = 20_000


def _set_up(folder: Path) -> tuple[Process, Process]:
    write_cri(folder / "logs", canonical_lines(LINES))
    store = {"kind": "embedded", "path": str(folder / "store")}
    collector = Process("collector", folder / "run", {"store": store})
    section = {
        "logs": [str(folder / "logs")],
        "data": str(folder / "agent"),
        "collector_url": collector.url,
        "batch_bytes": 256 * 1024,
    }
    return collector, Process("agent", folder / "run", section, "--once")


def test_a_full_disk_under_the_store_holds_lines_and_loses_none(tmp_path: Path) -> None:
    """The agent says that lines are held, and sends them again once there is room."""
    collector, agent = _set_up(tmp_path)
    collector.start(largest_file_bytes=64 * 1024)
    with agent:
        wait_until(lambda: "holds lines back" in agent.log, "the agent says so")
        assert "the store does not take documents" in collector.log
        collector.kill()
        with collector:
            assert agent.wait(120) == 0, agent.log
    stored = stored_places(tmp_path / "store")
    assert set(stored) == written_places(tmp_path / "logs")
    assert set(stored.values()) == {1}


def test_a_full_disk_under_the_checkpoint_stops_sending(tmp_path: Path) -> None:
    """Without a durable plan nothing is sent; the message says why; with room all of it is."""
    collector, agent = _set_up(tmp_path)
    with collector:
        agent.start(largest_file_bytes=64)
        # The log can't grow either, so the process is asked.
        agent_is_bad = lambda: "checkpoint" in str(agent.reasons())  # noqa: E731
        wait_until(agent_is_bad, "the agent is not ready, because of its checkpoint")
        agent.kill()
        assert not stored_places(tmp_path / "store")
        with agent:
            assert agent.wait(120) == 0, agent.log
    assert set(stored_places(tmp_path / "store")) == written_places(tmp_path / "logs")
