"""
Child processes under one supervisor: started, watched, started again, and stopped in order.

Keeps true: no child outlives its supervisor (see `lifeline`), and a child that was asked to stop
and does not is killed. A child runs in a session of its own, so that Ctrl-C reaches the supervisor
only, which then stops the children in the order it knows.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clew.runtime.backoff import Backoff
from clew.runtime.clock import SYSTEM_CLOCK
from clew.runtime.errors import ClewError
from clew.runtime.tasks import SUPERVISED, wait

LOG_BYTES = 10 * 1024 * 1024
"""A child's log is begun anew at its start when it has become longer than this."""
STEADY_SECONDS = 90.0
"""What ran this long did not fail to start: a collector waits 60 s for Elasticsearch."""
SENTENCE = "clew: "
"""What a process begins its sentences for people with, as the command line does."""
USAGE = 2
"""Exit code of a process that can't run with the configuration it has."""


@dataclass(slots=True)
class Child:
    """A program to keep running. `argv` is the whole command; its output goes to `log`."""

    name: str
    argv: Sequence[str]
    log: Path
    restart: bool = True
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> asyncio.subprocess.Process:
        fresh = not self.log.exists() or self.log.stat().st_size > LOG_BYTES
        with self.log.open("wb" if fresh else "ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.argv,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, SUPERVISED: "1"},
            )
        return self.process

    async def end(self, seconds: float) -> None:
        """Ask it to stop; kill it if it has not within so many seconds."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def last_words(self, lines: int = 5) -> str:
        """
        The end of its log, for the message that says it failed: a sentence for people where there
        is one, without what libraries said before it.
        """
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        spoken = [_spoken(line) for line in text.splitlines()[-lines:]]
        begins = [place for place, line in enumerate(spoken) if line.startswith(SENTENCE)]
        return "\n".join(spoken[begins[-1] :] if begins else spoken)

    @property
    def said_why(self) -> bool:
        """Whether its last words are a sentence for people."""
        return self.last_words(1).startswith(SENTENCE)


def _spoken(line: str) -> str:
    """What a line of a log says: the message of one in our own schema, else all of it."""
    try:
        return str(json.loads(line)["message"])
    except (ValueError, KeyError, TypeError):
        return line


Said = Callable[[str], None]


async def keep_running(child: Child, stop: asyncio.Event, say: Said) -> int:
    """
    Run a child until asked to stop, starting it again when it ends by itself.

    Returns its exit code if it is not to be started again. Raises ClewError when it can't run at
    all: what it says in a sentence right after its start is not mended by another start.
    """
    backoff = Backoff(first_seconds=0.5, most_seconds=15.0)
    while True:
        started = SYSTEM_CLOCK.monotonic()
        code = await _ended(await child.start(), stop)
        if code is None:
            return 0
        steady = SYSTEM_CLOCK.monotonic() - started > STEADY_SECONDS
        if steady:
            backoff.reset()
        if not child.restart and code >= 0:
            return code
        if code == USAGE or (code > 0 and not steady and child.said_why):
            raise ClewError(f"{child.name} can't run:\n{child.last_words()}")
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        say(f"{child.name} {how}, starting it again (its log: {child.log})")
        if await wait(stop, backoff.next()):
            return 0


async def _ended(process: asyncio.subprocess.Process, stop: asyncio.Event) -> int | None:
    """The exit code of a process, or None when asked to stop first."""
    async with asyncio.TaskGroup() as group:
        ended = group.create_task(process.wait())
        stopped = group.create_task(stop.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        code = ended.result() if ended.done() else None
        ended.cancel()
        stopped.cancel()
    return code
