"""`clew up` from the wheel: what a newcomer does, and what can be in the way."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from clew.runtime.addresses import free_port
from tests.support.books import check_books
from tests.support.processes import wait_until
from tests.support.together import Up, children_of
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(180)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc, which Linux has")


def test_the_demo_shows_transactions_and_goes_on_after_a_restart(
    installation: Installation, tmp_path: Path
) -> None:
    """
    The shop's transactions arrive, a failing one among them; a second start keeps them.

    The books of the shop's containers balance while they go on writing.
    """
    with Up(installation, tmp_path / "data", "--demo") as up:
        wait_until(lambda: any(t["failed_service"] for t in up.transactions()), "one has failed")
        failed = next(t for t in up.transactions() if t["failed_service"])
        output = up.interrupt()
    assert up.url in output
    assert "Ctrl-C" in output
    with Up(installation, tmp_path / "data", "--demo") as again:
        again.wait_ready()
        answer = again.get(f"/api/transactions/{failed['id']}")
        assert answer["verdict"]["service"] == failed["failed_service"]
        ids = [line["id"] for line in answer["lines"]]
        assert len(ids) == len(set(ids))
        wait_until(lambda: again.transactions()[0]["start"] > failed["end"], "new ones arrive")
        check_books(again.agent_url)


@linux_only
def test_a_killed_process_is_started_again(installation: Installation, tmp_path: Path) -> None:
    """kill -9 of the collector: it is back, and transactions go on arriving."""
    with Up(installation, tmp_path / "data", "--demo") as up:
        wait_until(up.transactions, "transactions arrive")
        collector = tmp_path / "data" / "run" / "collector.yaml"
        [victim] = children_of(collector)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: children_of(collector) not in ([], [victim]), "it is started again")
        before = len(up.transactions())
        wait_until(lambda: len(up.transactions()) > before + 2, "transactions go on")
        assert "collector was killed by signal 9" in up.interrupt()


@linux_only
def test_the_demo_shows_how_busy_this_machine_is(
    installation: Installation, tmp_path: Path
) -> None:
    """Its agent samples the machine: the list of nodes has it, and so has a transaction."""

    def node() -> dict[str, Any] | None:
        listed = up.get("/api/nodes") or {"nodes": []}
        return next((n for n in listed["nodes"] if n["cpu_busy_share"] is not None), None)

    with Up(installation, tmp_path / "data", "--demo") as up:
        up.wait_ready()
        wait_until(node, "two samples of this machine are stored", 60)
        found = node()
        assert found is not None
        assert 0 <= found["cpu_busy_share"] <= 1
        memory = re.search(r"MemTotal: +(\d+) kB", Path("/proc/meminfo").read_text())
        assert memory is not None
        assert found["memory_total_bytes"] == 1024 * int(memory[1])
        assert 0 < found["memory_used_bytes"] < found["memory_total_bytes"]
        newest = up.transactions()[0]["id"]
        assert [n["node"] for n in up.get(f"/api/transactions/{newest}")["nodes"]] == [
            found["node"]
        ]


@linux_only
def test_nothing_is_left_when_the_supervisor_is_killed(
    installation: Installation, tmp_path: Path
) -> None:
    """kill -9 of `clew up` leaves no process behind."""
    with Up(installation, tmp_path / "data", "--demo") as up:
        up.wait_ready()
        up.kill()
        wait_until(lambda: not children_of(tmp_path / "data"), "all children are gone", 15)


def test_a_port_in_use_is_named_with_the_option_to_change(
    installation: Installation, tmp_path: Path
) -> None:
    """The message says which address is taken, and how to take another."""
    (tmp_path / "logs").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = installation.run(
            *(installation.clew, "up", "--logs", tmp_path / "logs", "--data", tmp_path / "data"),
            *("--listen", address),
        )
    assert done.returncode == 1
    assert f"{address} is in use by another program" in done.stderr
    assert "--listen" in done.stderr


def test_three_mistakes_are_told_at_once(installation: Installation, tmp_path: Path) -> None:
    """A configuration with three mistakes: three lines, each with its path, and exit code 2."""
    file = tmp_path / "clew.yaml"
    file.write_text(
        "agent:\n  batch_bytes: many\nquery:\n  listen: 0.0.0.0:8420\ncolector:\n  listen: 1\n"
    )
    done = installation.run(
        installation.clew, "up", "--logs", tmp_path, "--data", tmp_path / "data", "--config", file
    )
    assert done.returncode == 2
    assert "3 mistakes" in done.stderr
    for path in ("agent.batch_bytes", "query.token_file", "colector"):
        assert f"  {path}: " in done.stderr
    assert "token" in done.stderr


def test_a_second_one_in_the_same_folder_is_refused(
    installation: Installation, tmp_path: Path
) -> None:
    """Two `clew up` in one data folder: the second says who has it, and changes nothing."""
    (tmp_path / "logs").mkdir()
    with Up(installation, tmp_path / "data", "--logs", tmp_path / "logs") as up:
        up.wait_ready()
        file = tmp_path / "data" / "run" / "agent.yaml"
        before = file.read_text()
        second = installation.run(
            *(installation.clew, "up", "--logs", tmp_path / "logs", "--data", tmp_path / "data"),
            *("--listen", "127.0.0.1:0"),
        )
        assert second.returncode == 1
        assert f"process {up.pid}" in second.stderr
        assert file.read_text() == before


def test_no_logs_is_told_with_what_to_do(installation: Installation, tmp_path: Path) -> None:
    """A folder that is not there is named: it was asked wrongly, and is no empty import."""
    done = installation.run(
        *(installation.clew, "up", "--logs", tmp_path / "nowhere", "--data", tmp_path / "data"),
        *("--listen", "127.0.0.1:0", "--once"),
    )
    assert done.returncode == 2
    assert f"'{tmp_path / 'nowhere'}' does not exist" in done.stderr


def test_a_folder_without_logs_is_told_how_one_looks(
    installation: Installation, tmp_path: Path
) -> None:
    """An import that finds no file says what it looked for, and is no success."""
    (tmp_path / "empty").mkdir()
    done = installation.run(
        *(installation.clew, "up", "--logs", tmp_path / "empty", "--data", tmp_path / "data"),
        *("--listen", "127.0.0.1:0", "--once"),
    )
    assert done.returncode == 1
    assert "<namespace>_<pod>_<uid>" in done.stderr


def test_a_store_of_another_version_is_told_and_ends_it(
    installation: Installation, tmp_path: Path
) -> None:
    """What a process says when it can't start is what `clew up` says, once."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "data" / "store").mkdir(parents=True)
    (tmp_path / "data" / "store" / "format").write_text("99\n")
    done = installation.run(
        *(installation.clew, "up", "--logs", tmp_path / "logs", "--data", tmp_path / "data"),
        *("--listen", "127.0.0.1:0"),
    )
    assert done.returncode == 1
    assert "store format '99'" in done.stderr


def test_addresses_that_are_the_same_are_refused(
    installation: Installation, tmp_path: Path
) -> None:
    """Two processes can't share an address, and it is said before one of them fails."""
    (tmp_path / "logs").mkdir()
    address = f"127.0.0.1:{free_port('127.0.0.1')}"
    done = installation.run(
        *(installation.clew, "up", "--logs", tmp_path / "logs", "--data", tmp_path / "data"),
        *("--listen", address, "--collector-listen", address),
    )
    assert done.returncode == 1
    assert "--collector-listen" in done.stderr
