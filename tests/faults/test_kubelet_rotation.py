"""A real kubelet renames, compresses and deletes log files while the agent reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.books import check_books
from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.following import Following, text
from tests.support.kubernetes.observing import Observer
from tests.support.kubernetes.pods import ENDED, container, phase, pod
from tests.support.processes import Process, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]

LINES = 300_000
LITTLE = 1024 * 1024
"""A second of the burst."""
FAST, HALF_AS_FAST = 50_000, 100_000
"""Microseconds of pause after 500 lines of 100 bytes: a rotation whenever the kubelet looks."""
PADDING = "x" * 80
_BURST = """
i=0
while [ $i -lt {lines} ]; do
    echo "burst $i {padding}"
    i=$((i + 1))
    [ $((i % 500)) != 0 ] || usleep {pause}
done
"""


class Burst:
    """A pod that writes as fast as that, and what is stored of it."""

    def __init__(self, cluster: Cluster, namespace: str, following: Following, pause: int) -> None:
        self._cluster, self._namespace, self._following = cluster, namespace, following
        self._whose = (namespace, "burst", "app")
        self.seen = Observer(cluster, namespace, "burst")
        script = _BURST.format(lines=LINES, padding=PADDING, pause=pause)
        cluster.apply(pod(namespace, "burst", container("app", script)))

    def writes(self) -> bool:
        """Whether it does; files are looked at by the way."""
        self.seen.look()
        return phase(self._cluster, self._namespace, "burst") not in ENDED

    def wait_for_lines(self, lines: int) -> None:
        """Until so many of its own are stored; books are checked by the way."""

        def stored() -> bool:
            self.seen.look()
            books = check_books(self._following.agent.url)
            return books.get(self._whose, Counter())["stored_lines_total"] >= lines

        wait_until(stored, f"{lines} lines are stored")

    def files_deleted(self) -> int:
        """How many compressed ones the kubelet has removed again."""
        there = {file.name for file in self.seen.look()}
        return len(set(self.seen.compressed) - there)

    def finish(self) -> Counter[str]:
        """Its books, once it has written everything, and that is stored."""
        wait_until(lambda: not self.writes(), "the burst ends", 120)
        self.seen.look()
        return self._following.come_to_rest(self._namespace)[self._whose]

    def gaps(self) -> list[dict[str, Any]]:
        """What the agent calls lost of it."""
        gaps = self._following.agent.get("/status")["gaps"]
        return [gap for gap in gaps if gap["container"].startswith(f"{self._namespace}_burst_")]

    def stored(self) -> Counter[str]:
        """
        How many records there are of each line, by the time that the runtime wrote beside it.

        A rotation may cut a line: the other piece, in the next file, counts as a line, too.
        """
        stored, rests = Counter[str](), self._rests()
        for line in self._following.lines(self._namespace, "burst"):
            time = _nine_digits(line["@timestamp"])
            stored[time] += 1
            if time in rests and text(line).endswith(PADDING):
                stored[rests[time]] += 1
        return stored

    def texts(self) -> list[str]:
        """What every record says, in the order of the runtime."""
        return [text(line) for line in self._following.lines(self._namespace, "burst")]

    def sizes(self) -> dict[str, int]:
        """The bytes of every line that the runtime wrote, by its time."""
        return {_time(line): len(line) for line in self.seen.written()}

    def _rests(self) -> dict[str, str]:
        """The first piece of each line that is cut, and the other, by their times."""
        pairs = pairwise(sorted(self.seen.written(), key=_time))
        return {_time(piece): _time(rest) for piece, rest in pairs if piece.split(b" ")[2] == b"P"}


def _time(line: bytes) -> str:
    return _nine_digits(line.split(b" ", 1)[0].decode())


def _nine_digits(stamp: str) -> str:
    """The runtime leaves out the zeros at the end of a time."""
    date, _, fraction = stamp.removesuffix("Z").partition(".")
    return f"{date}.{fraction:0<9}"


@contextmanager
def burst(
    cluster: Cluster, folder: Path, pause: int = FAST, **settings: Any
) -> Iterator[tuple[Following, Burst]]:
    with (
        cluster.namespace("rotation") as namespace,
        Following(folder, cluster, **settings) as following,
    ):
        written = Burst(cluster, namespace, following, pause)
        with written.seen:
            yield following, written


def keeps_up(agent: Process) -> bool:
    """One that is killed before it does falls behind, by and by further than files are kept."""
    status = agent.get("/status")
    return status is not None and status["unread_bytes"] < LITTLE


@pytest.mark.parametrize("killed", [False, True], ids=["left alone", "killed"])
def test_every_line_of_a_burst_is_stored_once(
    cluster: Cluster, tmp_path: Path, killed: bool
) -> None:
    """However often the kubelet rotates, compresses and deletes, and kill -9 comes."""
    kills = seen = 0
    with burst(cluster, tmp_path, HALF_AS_FAST if killed else FAST) as (following, written):
        while written.writes():
            rotated = len(written.seen.rotated)
            if killed and rotated > seen and keeps_up(following.agent):
                check_books(following.agent.url)
                following.agent.kill()
                following.agent.start()
                kills, seen = kills + 1, rotated
        books = written.finish()
        texts, sizes, gaps = written.texts(), written.sizes(), written.gaps()
    assert gaps == []
    assert texts == [f"burst {i} {PADDING}" for i in range(LINES)]
    assert (books["written_bytes_total"], books["gap_bytes_total"]) == (sum(sizes.values()), 0)
    assert len(written.seen.rotated) >= 5, written.seen.names
    assert len(written.seen.compressed) >= 3, written.seen.names
    assert kills >= 3 or not killed


def test_what_the_kubelet_deletes_while_no_agent_runs_is_told_as_a_gap(
    cluster: Cluster, tmp_path: Path
) -> None:
    """What is missing is in one piece, nobody knows how much it was, the rest is there once."""
    with burst(cluster, tmp_path) as (following, written):
        written.wait_for_lines(LINES // 20)
        following.agent.kill()
        wait_until(lambda: written.files_deleted() >= 2, "files that nobody read are deleted")
        following.agent.start()
        written.finish()
        stored, sizes, gaps = written.stored(), written.sizes(), written.gaps()
    assert set(stored.values()) == {1}
    lost = sorted(sizes.keys() - stored.keys())
    assert lost == sorted(time for time in sizes if lost[0] <= time <= lost[-1])
    assert "unseen" in {gap["reason"] for gap in gaps}


@pytest.mark.parametrize("room", ["plenty", "little"])
def test_a_collector_that_hangs_for_longer_than_the_kubelet_keeps_files(
    cluster: Cluster, tmp_path: Path, room: str
) -> None:
    """Nothing is lost as long as there is room for copies; then a gap has exactly what was."""
    little = {"outbox_bytes": LITTLE, "rescue_bytes": LITTLE, "held_bytes": 0}
    with burst(cluster, tmp_path, **(little if room == "little" else {})) as (following, written):
        written.wait_for_lines(LINES // 20)
        following.collector.hang()
        wait_until(lambda: written.files_deleted() >= 4, "files that nobody read are deleted")
        following.collector.go_on()
        books = written.finish()
        stored, sizes, gaps = written.stored(), written.sizes(), written.gaps()
    assert set(stored.values()) == {1}
    lost = sum(size for time, size in sizes.items() if time not in stored)
    assert (books["written_bytes_total"], books["gap_bytes_total"]) == (sum(sizes.values()), lost)
    assert bool(lost) == (room == "little")
    assert {gap["reason"] for gap in gaps} <= {"rescue_full", "held"}
