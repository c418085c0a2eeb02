"""
A room on this machine for what starts containers: what is in it can't outlive it.

Mounts, network and processes are namespaces of its own, so nothing of the machine's network
changes, no mount is seen outside, and when the first process of the room is killed, the kernel
kills all others, whoever started them. That also happens when the test run itself is killed.

    outside          inside
    <folder>/log     /var/log       what the kubelet writes there is read from outside
    <folder>/lib     /var/lib       over the machine's own, which stays as it is
    (memory)         /run
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

_ENTER = ("--mount", "--net", "--pid")
# In a new namespace of processes the first one has to reap those that lost their parent: a shell
# that waits does. Mounts are shared again, but with nobody outside: some volumes ask for that.
_FIRST_PROCESS = """
set -eu
mount --make-rshared /
mount -t tmpfs none /run
mount --bind "$1/log" /var/log
mount -t overlay overlay -o "lowerdir=/var/lib,upperdir=$1/lib,workdir=$1/work" /var/lib
ip link set lo up
echo ready
while sleep 60; do :; done
"""


class Room:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        for name in ("log", "lib", "work"):
            (self._folder / name).mkdir(parents=True)
        errors = self._folder / "errors"
        with errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL"),
                    *("unshare", *_ENTER, "--mount-proc", "--fork", "--kill-child"),
                    *("sh", "-c", _FIRST_PROCESS, "room", str(self._folder)),
                ],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", errors.read_text()

    def command(self, *command: str | Path) -> list[str]:
        """What has to be run here for that to run in the room."""
        assert self._process is not None
        return [
            *("nsenter", "--target", str(child_of(self._process.pid)), *_ENTER, "--"),
            *map(str, command),
        ]

    def run(
        self,
        *command: str | Path,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run something in the room to its end; whether it worked is for the caller to see."""
        return subprocess.run(
            self.command(*command),
            input=stdin,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def stop(self) -> None:
        """All that runs in it is killed, and gone when this returns."""
        if self._process is not None:
            # The kernel does not report the end of the first one before all others are gone.
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(child_of(self._process.pid), signal.SIGKILL)
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def child_of(pid: int) -> int:
    """The process that one started, which stands for it and waits."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
