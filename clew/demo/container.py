"""
One container: a process that is started again whenever it ends, and its log files.

Each life has a log file of its own. Its listening socket is bound before the process exists and
closed on our side once it does: from then on only the process holds it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress

from clew.demo.config import ShopConfig
from clew.demo.containerd import ContainerLog, Stream
from clew.demo.events import ShopEvents
from clew.demo.kubelet import forget_terminated, make_room, rename_and_reopen
from clew.demo.pods import Pods
from clew.runtime import tasks

_READ_BYTES = 64 * 1024

# A service that dies as soon as it starts would keep the machine busy with nothing else.
_RESTART_SECONDS = 1.0

Announce = Callable[[str, str], None]
"""Told the service and its new address, before its process starts."""


class Container:
    def __init__(
        self, service: str, config: ShopConfig, pods: Pods, announce: Announce, events: ShopEvents
    ) -> None:
        self.service = service
        self._config, self._pods, self._announce, self._events = config, pods, announce, events
        self._process: Process | None = None
        self._log: ContainerLog | None = None
        self._may_live, self._stop, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._may_live.set()

    async def run(self) -> None:
        """Live, die and live again until stopped. On cancellation the process is killed."""
        try:
            while not self._stop.is_set():
                await self._live()
                await tasks.wait(self._stop, _RESTART_SECONDS)
                await self._may_live.wait()
        finally:
            self._ended.set()

    def kill(self) -> None:
        """End this life without a warning; the next one begins after `revive`."""
        self._may_live.clear()
        self._signal(signal.SIGKILL)

    def revive(self) -> None:
        self._may_live.set()

    async def stop(self, seconds: float) -> None:
        """Ask politely; kill what is still there after so many seconds."""
        self._stop.set()
        self._may_live.set()
        self._signal(signal.SIGTERM)
        if not await tasks.wait(self._ended, seconds):
            self._signal(signal.SIGKILL)
            await self._ended.wait()

    async def rotate_if_full(self) -> None:
        """What the kubelet does when it looks at a running container's log."""
        log, policy = self._log, self._config.rotation
        if log is None or log.size_bytes() < policy.max_bytes:
            return
        await asyncio.to_thread(make_room, log.path, policy.max_files)
        if log is self._log:
            rename_and_reopen(log)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _live(self) -> None:
        number = self._pods.next_restart(self.service)
        directory = self._pods.directory(self.service)
        forget_terminated(directory, number, self._config.rotation.kept_terminated)
        self._log = ContainerLog(directory / f"{number}.log")
        try:
            exit_code = await self._run_process(self._log, number)
        finally:
            self._log.close()
            self._log = None
        if not self._stop.is_set():
            self._events.container_died(self.service, exit_code)

    async def _run_process(self, log: ContainerLog, number: int) -> int:
        process = self._process = await self._start(number)
        assert process.stdin is not None
        if self._stop.is_set() or not self._may_live.is_set():
            self._signal(signal.SIGKILL)  # asked for while there was no process yet
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(_pump(process.stdout, log, "stdout"))
                pumps.create_task(_pump(process.stderr, log, "stderr"))
            return await process.wait()
        finally:
            self._signal(signal.SIGKILL)
            process.stdin.close()
            await process.wait()

    async def _start(self, number: int) -> Process:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._announce(self.service, f"http://127.0.0.1:{listener.getsockname()[1]}")
            command = ["-m", "clew.demo.services", self.service]
            command += ["--socket", str(listener.fileno())]
            # Each life has chances of its own: no tracking number is given twice.
            seed = f"{self._config.seed} {number}"
            command += ["--state", str(self._config.state), "--seed", seed]
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=_environment(),
                pass_fds=(listener.fileno(),),
                start_new_session=True,  # a Ctrl-C is ours to pass on
            )


def _environment() -> dict[str, str]:
    """Ours, but without what would change how OpenTelemetry behaves; the service ends with us."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return ours | {tasks.SUPERVISED: "1"}


async def _pump(source: asyncio.StreamReader | None, log: ContainerLog, stream: Stream) -> None:
    assert source is not None
    while data := await source.read(_READ_BYTES):
        log.write(stream, data)
    log.end(stream)
