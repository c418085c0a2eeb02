"""The room in which tests start Kubernetes leaves nothing on the machine, however its tests end."""

from __future__ import annotations

import http.client
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.components import ROOT
from tests.support.container import require_containers
from tests.support.kubernetes.relay import start_relay
from tests.support.kubernetes.room import Room
from tests.support.processes import wait_until

_OPEN_ONE = """
import subprocess, sys
from pathlib import Path
from tests.support.kubernetes.room import Room

room = Room(Path(sys.argv[1]))
room.start()
subprocess.run(room.command("setsid", "sh", "-c", "sleep 4711 & wait"))
"""


@pytest.fixture(autouse=True)
def _may_have_rooms() -> None:
    require_containers()


def sleepers() -> list[Path]:
    """Processes of this machine that were started in the room of a test."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes() == b"sleep\x004711\x00":
                found.append(process)
        except OSError:
            continue
    return found


def _get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bytes(answer.read())
    except (OSError, http.client.HTTPException):
        return b""


def test_what_runs_in_a_room_ends_with_who_opened_it(tmp_path: Path) -> None:
    """Also by kill -9, and whatever was started there went on without its parent."""
    command = [sys.executable, "-c", _OPEN_ONE, str(tmp_path / "room")]
    with subprocess.Popen(command, cwd=ROOT) as opener:
        wait_until(sleepers, "something runs there")
        opener.kill()
    wait_until(lambda: not sleepers(), "nothing runs that was started there")
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


def test_the_machine_is_as_before_and_what_is_written_is_seen_from_outside(tmp_path: Path) -> None:
    room = Room(tmp_path / "room")
    room.start()
    try:
        script = "ip link add kube0 type bridge; echo said >/var/log/a; echo kept >/var/lib/b"
        assert room.run("sh", "-c", script).stderr == ""
        assert (tmp_path / "room" / "log" / "a").read_text() == "said\n"
        assert str(tmp_path) not in Path("/proc/mounts").read_text()
        assert not Path("/sys/class/net/kube0").exists()
        assert not Path("/var/lib/b").exists()
    finally:
        room.stop()


def test_a_relay_leads_to_what_listens_in_a_room_only(tmp_path: Path) -> None:
    room = Room(tmp_path / "room")
    room.start()
    try:
        (tmp_path / "index.html").write_text("from inside")
        serving = ("http.server", "--bind=127.0.0.1", f"--directory={tmp_path}", "8080")
        serve = room.command(sys.executable, "-m", *serving)
        with subprocess.Popen(serve, stderr=subprocess.DEVNULL) as served:
            port, relay = start_relay(room.command, "127.0.0.1", 8080)
            url = f"http://127.0.0.1:{port}/"
            wait_until(lambda: _get(url) == b"from inside", "the relay answers")
            room.stop()
            served.wait()
            relay.wait()
    finally:
        room.stop()
