"""
Containers that write and are rotated all the time, over an agent and a collector that are killed.

    writer        CRI lines, each with a number; now and then a line in pieces
    kubelet       every 0.2 s: rename, reopen, compress the one before, remove the oldest
    kill -9       of the agent every few seconds, of the collector now and then
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.support.books import check_books
from tests.support.log_files import LogWriter
from tests.support.places import stored_texts
from tests.support.processes import Process

ROTATE_SECONDS = 0.2
KILL_SECONDS = 3.0
FILES_KEPT = 300
"""A minute of rotations: as long as a real kubelet keeps what is written at full pace."""
PAUSE_SECONDS = 0.002
LINES_AT_ONCE = 10
_NUMBER = re.compile(r"[a-z]+ \d+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Lines by what became of them; `wrong` are those that are stored and were never written."""

    written: int
    lost: int
    repeated: int
    wrong: int
    kills: int
    rotations: int

    def __str__(self) -> str:
        per_million = 1_000_000 / max(1, self.written)
        return (
            f"{self.written} lines, {self.rotations} rotations, {self.kills} times kill -9: "
            f"{self.lost * per_million:.1f} lost and {self.repeated * per_million:.1f} repeated "
            f"per million"
        )


class Container(threading.Thread):
    """Writes until it is told to stop, and is rotated meanwhile."""

    def __init__(self, pods: Path, name: str, stop: threading.Event) -> None:
        super().__init__(name=name)
        self._log = LogWriter(pods, f"shop_{name}-0_0c1", name)
        self._over, self._chance = stop, random.Random(name)
        self._rotated: list[Path] = []
        self.lines = self.rotations = 0

    def run(self) -> None:
        rotated_at = time.monotonic()  # noqa: TID251 - real processes live in real time
        while not self._over.wait(PAUSE_SECONDS):
            for _ in range(LINES_AT_ONCE):
                self._write()
            if time.monotonic() - rotated_at >= ROTATE_SECONDS:  # noqa: TID251
                rotated_at = time.monotonic()  # noqa: TID251
                self._rotate()
        self._log.close()

    def _write(self) -> None:
        text = f"{self.name} {self.lines}".encode()
        self.lines += 1
        if self._chance.random() < 0.02:
            self._log.write(text + b" in ", tag="P")
            text = b"pieces"
        self._log.write(text + b" " + b"x" * self._chance.randrange(200))

    def _rotate(self) -> None:
        self.rotations += 1
        if self._rotated:
            self._rotated[-1] = self._log.compress(self._rotated[-1])
        self._rotated.append(self._log.rotate())
        if len(self._rotated) > FILES_KEPT:
            self._rotated.pop(0).unlink()


def soak(folder: Path, seconds: float) -> Outcome:
    """Let all of it happen for so long, let the agent read the rest, and compare."""
    pods = folder / "pods"
    pods.mkdir(parents=True)
    store = {"kind": "embedded", "path": str(folder / "store")}
    collector = Process("collector", folder / "run", {"store": store})
    section = {
        "logs": [str(pods)],
        "data": str(folder / "agent"),
        "collector_url": collector.url,
        "metrics": None,
    }
    agent = Process("agent", folder / "run", section)
    finishing = Process("agent", folder / "finishing", section, "--once")
    stop = threading.Event()
    containers = [Container(pods, name, stop) for name in ("cart", "stock")]
    with collector:
        collector.wait_ready()
        for container in containers:
            container.start()
        try:
            kills = _kill_again_and_again(agent, collector, seconds)
        finally:
            stop.set()
            for container in containers:
                container.join()
        with finishing:
            if finishing.wait(120) != 0:
                raise RuntimeError(f"not everything was read: {finishing.log}")
    return _compare(folder / "store", containers, kills)


def _kill_again_and_again(agent: Process, collector: Process, seconds: float) -> int:
    began, kills, stop = time.monotonic(), 0, threading.Event()  # noqa: TID251
    with agent:
        while time.monotonic() - began < seconds:  # noqa: TID251
            stop.wait(KILL_SECONDS)
            check_books(agent.url)
            victims = [agent] if kills % 4 else [agent, collector]
            for victim in victims:
                victim.kill()
            for victim in victims:
                victim.start()
            kills += len(victims)
    return kills


def _compare(store: Path, containers: list[Container], kills: int) -> Outcome:
    stored: Counter[str] = Counter()
    for text in stored_texts(store):
        number = _NUMBER.match(text)
        stored[number[0] if number else text] += 1
    written = {f"{each.name} {line}" for each in containers for line in range(each.lines)}
    return Outcome(
        written=len(written),
        lost=len(written - stored.keys()),
        repeated=sum(count - 1 for text, count in stored.items() if text in written),
        wrong=len(stored.keys() - written),
        kills=kills,
        rotations=sum(each.rotations for each in containers),
    )
