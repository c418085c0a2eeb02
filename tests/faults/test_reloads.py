"""New configurations under real processes: right ones, wrong ones, and at the worst moments."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from tests.support.books import check_books
from tests.support.log_files import LogWriter
from tests.support.places import stored_places, written_places
from tests.support.processes import Process, wait_until

pytestmark = pytest.mark.timeout(180)
STARTED_AGAIN_SECONDS = 30


class Node:
    """An agent, its collector over an embedded store, and a query service beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.store = {"kind": "embedded", "path": str(folder / "store")}
        self.collector = Process("collector", folder / "run", {"store": self.store})
        self.query = Process("query", folder / "run", {"store": self.store})
        section = {
            "logs": [str(self.logs)],
            "data": str(folder / "agent"),
            "collector_url": self.collector.url,
            "batch_bytes": 64 * 1024,
            "look_interval_seconds": 0.05,
        }
        self.agent = Process("agent", folder / "run", section)

    def process(self, name: str) -> Process:
        return {"agent": self.agent, "collector": self.collector, "query": self.query}[name]

    @contextmanager
    def running(self) -> Iterator[None]:
        self.logs.mkdir(exist_ok=True)
        with self.collector, self.agent, self.query:
            for process in (self.collector, self.agent, self.query):
                process.wait_ready()
            yield


class Container:
    """Writes lines all the time, in a thread."""

    def __init__(self, logs: Path) -> None:
        self.lines = 0
        self._writer = LogWriter(logs)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        while not self._over.wait(0.002):
            for _ in range(20):
                self._writer.write(b"order %d was paid" % self.lines)
                self.lines += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._writer.close()


def outcomes(process: Process, outcome: str) -> float:
    return process.metric("clew_config_reloads_total", outcome=outcome) or 0.0


def successful(process: Process) -> float | None:
    return process.metric("clew_config_last_reload_successful")


def token_of(process: Process) -> Path:
    return process.folder / f"token-of-{process.name}"


def wait_for(process: Process, outcome: str, count: float) -> None:
    reached = lambda: outcomes(process, outcome) >= count  # noqa: E731
    wait_until(reached, f"{count:g} times {outcome}", STARTED_AGAIN_SECONDS)


@pytest.mark.parametrize(
    "reloads", [20, pytest.param(100, marks=[pytest.mark.timeout(900), pytest.mark.long])]
)
def test_every_line_is_there_once_after_many_reloads(tmp_path: Path, reloads: int) -> None:
    """Agent and collector take new configurations in turn while a container goes on writing."""
    node = Node(tmp_path)
    with node.running():
        before = (node.agent.pid, node.collector.pid)
        with Container(node.logs) as container:
            for number in range(1, reloads // 2 + 1):
                node.agent.change(batch_bytes=64 * 1024 + number)
                node.agent.hang_up()
                node.collector.change(batches_at_once=8 + number)
                node.collector.hang_up()
                wait_for(node.agent, "taken", number)
                wait_for(node.collector, "taken", number)
                node.agent.wait_for_lines(container.lines // 2)
        node.agent.wait_for_lines(container.lines)
        check_books(node.agent.url, at_rest=True)
        assert (node.agent.pid, node.collector.pid) == before
        assert outcomes(node.agent, "failed") == outcomes(node.collector, "failed") == 0
    stored = stored_places(tmp_path / "store")
    assert set(stored) == written_places(node.logs)
    assert set(stored.values()) == {1}


@pytest.mark.parametrize("name", ["agent", "collector", "query"])
def test_a_mounted_change_is_taken_and_a_wrong_one_is_not(tmp_path: Path, name: str) -> None:
    """Without any signal; the old one stays in force, and the metric says so until it is mended."""
    node = Node(tmp_path)
    process = node.process(name)
    address = f"127.0.0.1:{process.port}"
    with node.running():
        process.change(listen="nowhere")
        wait_until(lambda: successful(process) == 0, "the metric says so", STARTED_AGAIN_SECONDS)
        assert f"{name}.listen: " in process.log
        assert outcomes(process, "refused") == 1
        process.change(listen=address)
        wait_until(lambda: successful(process) == 1, "all is well", STARTED_AGAIN_SECONDS)
        assert outcomes(process, "taken") == 0
        (tmp_path / "token").write_text("secret")
        process.change(token_file=str(tmp_path / "token"))
        wait_for(process, "taken", 1)


def test_an_address_that_is_taken_brings_the_old_configuration_back(tmp_path: Path) -> None:
    """Which can't be known before the start; the process answers where it did, and says why."""
    node = Node(tmp_path)
    with node.running(), socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for name in ("agent", "collector", "query"):
            process = node.process(name)
            process.change(listen=address)
            process.hang_up()
            wait_for(process, "failed", 1)
            assert successful(process) == 0
            assert f"can't listen on {address}" in process.log
            process.wait_ready()


def test_a_new_token_is_taken_from_its_file(tmp_path: Path) -> None:
    """First the collector's, then the agent's: in between the lines wait, none is lost."""
    node = Node(tmp_path)
    for process in (node.collector, node.agent):
        process.change(token_file=str(token_of(process)))
        token_of(process).write_text("old")
    with node.running():
        writer = LogWriter(node.logs)
        writer.write(b"under the old token")
        node.agent.wait_for_lines(1)
        for process in (node.collector, node.agent):
            token_of(process).write_text("new")
            process.hang_up()
            wait_for(process, "taken", 1)
            assert "content of token_file" in process.log
        writer.write(b"under the new token")
        node.agent.wait_for_lines(2)
        writer.close()
    assert set(stored_places(tmp_path / "store")) == written_places(node.logs)


def test_wrong_rules_leave_the_right_ones_in_force(tmp_path: Path) -> None:
    """Also in a file that the configuration only names, and that nobody could restore."""
    rules = "groups: [{name: g, rules: [{alert: A, expr: 'up == %s'}]}]"
    (tmp_path / "rules.yaml").write_text(rules % "0")
    node = Node(tmp_path)
    node.collector.change(alerting={"rules": [str(tmp_path / "rules.yaml")]})
    with node.running():
        (tmp_path / "rules.yaml").write_text(rules % "")
        node.collector.hang_up()
        wait_for(node.collector, "refused", 1)
        assert f"{tmp_path}/rules.yaml: group " in node.collector.log
        (tmp_path / "rules.yaml").write_text(rules % "1")
        node.collector.hang_up()
        wait_for(node.collector, "taken", 1)
        assert outcomes(node.collector, "failed") == 0


def test_an_agent_whose_collector_is_gone_takes_a_new_configuration(tmp_path: Path) -> None:
    """It does not hang on what it can't deliver, and delivers that to the new address."""
    node = Node(tmp_path)
    moved = Process("collector", tmp_path / "moved", {"store": node.store})
    with node.running():
        node.collector.kill()
        writer = LogWriter(node.logs)
        writer.write(b"while nobody listened")
        writer.close()
        wait_until(node.agent.reasons, "the agent misses its collector")
        with moved:
            node.agent.change(collector_url=moved.url)
            node.agent.hang_up()
            node.agent.wait_for_lines(1)
    assert set(stored_places(tmp_path / "store")) == written_places(node.logs)
