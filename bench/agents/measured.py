"""
A program under measurement: a whole process, on a CPU that nothing else of ours uses.

CPU time is user and system, of the process and of the children that it waited for, start-up
included. Memory is what the kernel calls the high-water mark of the resident set.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from clew.runtime.clock import SYSTEM_CLOCK, Deadline

POLL_SECONDS = 0.02
"""How often memory is looked at: what a process took in its last moments may be missed."""
_TICKS = os.sysconf("SC_CLK_TCK")
_MIB_KILOBYTES = 1024


def our_cpu() -> int:
    """Where sink and writers run; the same as the measured one's where there is only one CPU."""
    return max(_CPUS)


def measured_cpu() -> int:
    return min(_CPUS)


_CPUS = os.sched_getaffinity(0)


class Usage(NamedTuple):
    """What a whole run took."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float
    exit_code: int


class Measured:
    """Leaving the block ends the process, however it went."""

    def __init__(
        self, argv: Sequence[str], log: Path, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._began = SYSTEM_CLOCK.monotonic()
        self._log = log
        self._peak_mib = 0.0
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                preexec_fn=_to_measured_cpu,  # noqa: PLW1509 - it takes no lock
            )

    def cpu_seconds(self) -> float:
        """So far; in steps of a tick, mostly 10 ms."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS

    def wall_seconds(self) -> float:
        """Since it was started."""
        return SYSTEM_CLOCK.monotonic() - self._began

    def resident_mib(self) -> float:
        return self._memory("VmRSS")

    def peak_mib(self) -> float:
        self._peak_mib = max(self._peak_mib, self._memory("VmHWM"))
        return self._peak_mib

    def wait(self, seconds: float, ended: Callable[[], bool] | None = None) -> Usage:
        """
        Until the process ends, or until `ended` says that it has done its job: then it is stopped.

        Raises RuntimeError where that takes longer than so many seconds.
        """
        deadline = Deadline.after(seconds)
        while True:
            pid, status, used = os.wait4(self._process.pid, os.WNOHANG)
            if pid:
                break
            self.peak_mib()
            if deadline.passed():
                raise RuntimeError(f"not done after {seconds} s:\n{self._last_words()}")
            if ended is not None and ended():
                self._process.send_signal(signal.SIGTERM)
                ended = None
            pause(POLL_SECONDS)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return Usage(
            used.ru_utime + used.ru_stime,
            self.wall_seconds(),
            self._peak_mib,
            self._process.returncode,
        )

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Raises RuntimeError where it does not come to be, or the process ends before."""
        deadline = Deadline.after(seconds)
        while not condition():
            if deadline.passed() or self._process.poll() is not None:
                raise RuntimeError(f"{what}: not so after {seconds} s\n{self._last_words()}")
            pause(POLL_SECONDS)

    def _memory(self, name: str) -> float:
        """A figure of /proc/PID/status; 0 once the process has ended."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0.0
        found = [line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:")]
        return int(found[0]) / _MIB_KILOBYTES if found else 0.0

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def pause(seconds: float) -> None:
    """Leave the CPU to others."""
    threading.Event().wait(seconds)


def _to_measured_cpu() -> None:
    os.sched_setaffinity(0, {measured_cpu()})
