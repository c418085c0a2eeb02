"""A real kubelet renames, compresses and deletes log files while the agent reads them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
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
_BURST = """
i=0
while [ $i -lt {lines} ]; do
    echo "burst $i {padding}"
    i=$((i + 1))
    [ $((i % 500)) != 0 ] || usleep {pause}
done
"""
_NUMBER = re.compile(r"burst (\d+) x{80}")


class Burst:
    """A pod that writes as fast as that, and what is stored of it."""

    def __init__(self, cluster: Cluster, namespace: str, following: Following, pause: int) -> None:
        self._cluster, self._namespace, self._following = cluster, namespace, following
        self._whose = (namespace, "burst", "app")
        self.seen = Observer(cluster, namespace, "burst")
        script = _BURST.format(lines=LINES, padding="x" * 80, pause=pause)
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

    def stored(self) -> Counter[int]:
        """How often each line is there, by its number. Fails where one is no line of the burst."""
        texts = [text(line) for line in self._following.lines(self._namespace, "burst")]
        return Counter(_number(each) for each in texts)

    def size_of(self, numbers: set[int]) -> int:
        """How many bytes of the files these lines are."""
        lines = self.seen.written()
        texts = (line.decode().rstrip("\n").split(" ", 3)[3] for line in lines)
        return sum(
            len(line) for line, each in zip(lines, texts, strict=True) if _number(each) in numbers
        )


def _number(line: str) -> int:
    found = _NUMBER.fullmatch(line)
    assert found is not None, line
    return int(found[1])


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
        gaps = written.gaps()
        stored = written.stored()
        lost = written.size_of(set(range(LINES)) - stored.keys())
        size = written.size_of(set(range(LINES)))
    assert set(stored.values()) == {1}
    assert (books["written_bytes_total"], books["gap_bytes_total"]) == (size, lost), gaps
    assert stored.keys() == set(range(LINES)), gaps
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
        gaps = written.gaps()
        stored = written.stored()
    lost = set(range(LINES)) - stored.keys()
    assert lost == set(range(min(lost), max(lost) + 1))
    assert set(stored.values()) == {1}
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
        gaps = written.gaps()
        stored = written.stored()
        lost = written.size_of(set(range(LINES)) - stored.keys())
        size = written.size_of(set(range(LINES)))
    assert set(stored.values()) == {1}
    assert (books["written_bytes_total"], books["gap_bytes_total"]) == (size, lost)
    assert bool(lost) == (room == "little")
    assert {gap["reason"] for gap in gaps} <= {"rescue_full", "held"}
