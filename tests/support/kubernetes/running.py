"""The parts of a cluster that run, each with a log of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from tests.support.kubernetes.parts import commands
from tests.support.kubernetes.programs import Programs
from tests.support.kubernetes.room import Room, child_of

_END_BYTES = 1000


class Running:
    """Processes in a room; it is the room's end that ends them."""

    def __init__(self, folder: Path, programs: Programs, room: Room) -> None:
        self._logs, self._programs, self._room = folder / "logs", programs, room
        self._commands = commands(programs, folder)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, part: str) -> None:
        self._logs.mkdir(exist_ok=True)
        with (self._logs / part).open("ab") as log:
            self._processes[part] = subprocess.Popen(
                self._room.command(*self._commands[part]),
                env={"PATH": self._programs.path},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests
            )

    def start_others(self) -> None:
        """All that do not run yet."""
        for part in self._commands:
            if part not in self._processes:
                self.start(part)

    def kill(self, part: str) -> None:
        """kill -9."""
        process = self._processes.pop(part)
        os.kill(child_of(process.pid), signal.SIGKILL)
        process.wait()

    def check(self) -> None:
        """Fails where a part has ended by itself."""
        ended = [name for name, process in self._processes.items() if process.poll() is not None]
        assert not ended, f"{', '.join(ended)} ended"

    def wait(self) -> None:
        """The room has ended."""
        for process in self._processes.values():
            process.wait()
        self._processes.clear()

    def ends_of_logs(self) -> str:
        logs = sorted(self._logs.iterdir()) if self._logs.exists() else []
        return "\n".join(
            f"{log.name}: {log.read_text(errors='replace')[-_END_BYTES:]}" for log in logs
        )
