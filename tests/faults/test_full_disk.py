"""A full disk, under the store or under the checkpoint: said, waited out, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.inputs import canonical_lines, write_cri
from tests.support.books import check_books
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


# The disk goes with the last process of the namespace that it is mounted in.
_ON_A_DISK = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
_MOUNT = 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"'


@contextmanager
def up_on_a_small_disk(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """
    `clew up` with its store on a disk of 8 MiB; its output, when it is read to its end.

    The agent's own folder is elsewhere: whose write finds the disk full first would be chance.
    """
    write_cri(folder / "logs", canonical_lines(2 * LINES))
    (folder / "disk").mkdir()
    (folder / "clew.yaml").write_text(f"agent: {{data: {folder / 'agent'}}}")
    mounted = (*_ON_A_DISK, _MOUNT, "sh", "8m", folder / "disk")
    if (
        not shutil.which("unshare")
        or subprocess.run([*mounted, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("this user can't mount a disk of a size of its own")
    ports = [f"--{name}=127.0.0.1:0" for name in ("listen", "collector-listen", "agent-listen")]
    places = (
        *("--logs", folder / "logs", "--data", folder / "disk" / "data"),
        *("--config", folder / "clew.yaml"),
    )
    with subprocess.Popen(
        [*mounted, sys.executable, "-P", "-m", "clew", "up", *ports, *places, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as up:
        try:
            yield up
        finally:
            up.kill()


NO_ROOM = "no space left on the device that holds "


def test_a_full_disk_under_an_import_is_called_that_and_the_import_not_complete(tmp_path: Path):
    """What is printed is what was held last, and why."""
    with up_on_a_small_disk(tmp_path, "--once", "--json") as up:
        assert up.stderr is not None
        assert any(NO_ROOM in line for line in up.stderr)
        up.send_signal(signal.SIGINT)
        output, errors = up.communicate(timeout=10)
    assert up.returncode == 1, errors
    summary = json.loads(output)
    assert NO_ROOM in summary["held_because"]
    assert 0 < summary["indexed"] < 2 * LINES
    assert "Traceback" not in errors


def test_a_full_disk_is_told_on_the_terminal_of_clew_up(tmp_path: Path):
    """Once, with the reason, and with where the lines are meanwhile."""
    with up_on_a_small_disk(tmp_path, "--json") as up:
        assert up.stderr is not None
        line = next(line for line in up.stderr if NO_ROOM in line)
        assert line.startswith("clew: lines wait in their files, the collector is not ready: ")
        up.send_signal(signal.SIGINT)
        output, errors = up.communicate(timeout=10)
    assert up.returncode == 0, errors
    assert NO_ROOM not in errors
    assert json.loads(output)["following"] == [str(tmp_path / "logs")]


def test_a_full_disk_under_the_store_holds_lines_and_loses_none(tmp_path: Path) -> None:
    """The agent says that lines are held, and sends them again once there is room."""
    collector, agent = _set_up(tmp_path)
    collector.start(largest_file_bytes=64 * 1024)
    with agent:
        wait_until(lambda: "holds lines back" in agent.log, "the agent says so")
        assert "the store does not take documents" in collector.log
        check_books(agent.url)
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
        agent.start(largest_file_bytes=256)  # room for the key of redaction, and for no batch
        # The log can't grow either, so the process is asked.
        agent_is_bad = lambda: "checkpoint" in str(agent.reasons())  # noqa: E731
        wait_until(agent_is_bad, "the agent is not ready, because of its checkpoint")
        assert agent.metric("clew_agent_checkpoint_failures_total")
        agent.kill()
        assert not stored_places(tmp_path / "store")
        with agent:
            assert agent.wait(120) == 0, agent.log
    assert set(stored_places(tmp_path / "store")) == written_places(tmp_path / "logs")
