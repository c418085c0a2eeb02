"""
What leaving lines out on purpose costs, and what fair turns cost: CPU time of the whole process.

A chunk is what the agent reads at one go: 1 MiB of canonical lines of some 480 bytes, each with a
trace and every fourth with a business transaction; a third are debug, one in a hundred an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.shedding.config import RungConfig
from agent.shedding.kinds import Kind
from agent.shedding.ladder import Backlog, Ladder
from agent.shedding.turns import Turns
from bench.results import Figure, median
from clew.runtime.clock import SYSTEM_CLOCK

ROUNDS = 200
LINES = 2200
CONTAINERS = 1000
_JSON = b'{"@timestamp":"2023-01-29T12:00:00.000000000Z","message":"%s"}' % (b"x" * 420)


@dataclass
class Chunk:
    """The columns of a chunk; `number` makes its IDs its own."""

    number: int
    jsons: list[bytes] = field(default_factory=lambda: [_JSON] * LINES)
    severities: list[int] = field(
        default_factory=lambda: [17 if n % 100 == 7 else 5 if n % 3 else 9 for n in range(LINES)]
    )
    flags: list[int] = field(default_factory=lambda: [0] * LINES)
    transactions: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        every = range(LINES)
        self.transactions = ["" if n % 4 else f"ORDER-{self.number}-{n}" for n in every]
        self.traces = [f"{self.number:016x}{n // 8:016x}" for n in every]


def run() -> list[Figure]:
    chunks = [Chunk(number) for number in range(20)]
    rung = RungConfig(name="debug", shed=[Kind.TRACE, Kind.DEBUG, Kind.INFO], unread=1)
    off, idle, busy = (Ladder(rungs, (), 10_000, SYSTEM_CLOCK) for rungs in ((), (rung,), (rung,)))
    busy.update(Backlog(10, 0.0, 0.0))
    return [
        _chunks("a chunk, no ladder configured", off, chunks),
        _chunks("a chunk, a ladder and no rung in force", idle, chunks),
        _chunks("a chunk, a rung in force", busy, chunks),
        median("a turn among 1,000 containers", "ns", _turns()),
    ]


def _chunks(name: str, ladder: Ladder, chunks: list[Chunk]) -> Figure:
    def shed(number: int) -> Callable[[], object]:
        chunk = chunks[number % len(chunks)]
        return lambda: ladder.shed(chunk, "shop")

    return median(name, "us", [_spent(shed(number)) / 1000 for number in range(ROUNDS)])


def _turns() -> list[float]:
    turns: Turns[int] = Turns()
    for key in range(CONTAINERS):
        turns.wake(key)

    def go_round() -> None:
        for _ in range(CONTAINERS):
            turn = turns.next(2**60)
            assert turn is not None
            turns.took(turn, turn.most_bytes - 100, more=True)

    return [_spent(go_round) / CONTAINERS for _ in range(ROUNDS)]


def _spent(work: Callable[[], object]) -> float:
    """Nanoseconds of CPU."""
    before = time.process_time_ns()
    work()
    return time.process_time_ns() - before
