"""A node of a test: containers that write, the agent's data folder, and a collector at hand."""

from __future__ import annotations

from pathlib import Path

from agent.checkpoint import CheckpointFile, State
from agent.policy import Policy
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper, SweepLimits
from tests.support.log_files import LogWriter
from tests.support.memory_collector import MemoryCollector
from tests.support.set_clock import SetClock

UNFINISHED_AFTER_SECONDS = 5.0
LIMITS = SweepLimits(1024 * 1024, UNFINISHED_AFTER_SECONDS, 30.0, group_seconds=0.0)
"""Most tests are not about stack traces, and their lines do not wait for any."""


class Node:
    """A folder of pods, a data folder, and a collector that is reached at once."""

    def __init__(self, folder: Path) -> None:
        self.pods, self.data = folder / "pods", folder / "data"
        self.pods.mkdir()
        self.data.mkdir()
        self.clock = SetClock()
        self.collector = MemoryCollector()
        self.logs: list[LogWriter] = []

    def log(self, name: str = "cart") -> LogWriter:
        self.logs.append(LogWriter(self.pods, f"shop_{name}-0_0c1", name))
        return self.logs[-1]

    def sweeper(self, limits: SweepLimits = LIMITS, policy: Policy | None = None) -> Sweeper:
        """A new process: it knows what the checkpoint says."""
        source = Kubernetes([self.pods], "here")
        return Sweeper(source, self.data, "here", limits, self.clock, policy=policy)

    def damage_slot(self, slot: int) -> None:
        path = self.data / "outbox" / f"{slot}.slot"
        content = bytearray(path.read_bytes())
        content[40] ^= 255  # behind the end of a batch stands what is left of a longer one
        path.write_bytes(content)

    def remembered(self) -> State:
        state, damages = CheckpointFile(self.data).load()
        assert damages == []
        return state
