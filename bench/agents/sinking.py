"""The sink as a process beside, from its start to its end, and what it has counted."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any, Self

from bench.agents.measured import our_cpu, pause
from clew.runtime.addresses import free_port
from clew.runtime.clock import Deadline

START_SECONDS = 30.0


class SinkProcess:
    def __init__(self) -> None:
        self.port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"

    def counts(self) -> dict[str, Any]:
        """Lines, requests and bytes so far; of the marked lines the latency."""
        with urllib.request.urlopen(f"{self.url}/counts") as answer:
            return dict(json.load(answer))

    def has(self, lines: int) -> bool:
        return bool(self.counts()["lines"] >= lines)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.agents.sink", str(self.port), str(our_cpu())]
        )
        deadline = Deadline.after(START_SECONDS)
        while not self._answers():
            if deadline.passed() or self._process.poll() is not None:
                self.__exit__()
                raise RuntimeError("the sink did not start")
            pause(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            self.counts()
        except (urllib.error.URLError, ConnectionError):
            return False
        return True
