"""Real child processes, which tell over a socket that they are there."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from clew.runtime.errors import ClewError
from clew.runtime.processes import LOG_BYTES, Child, keep_running

SERVICE = """
import asyncio, os, sys
from clew.runtime.tasks import run

async def main(stop):
    _, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    writer.write(b"%d\\n" % os.getpid())
    await stop.wait()
    writer.write(b"bye\\n")
    await writer.drain()
    return 0

sys.exit(run(main))
"""

STUBBORN = """
import os, signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(b"%d\\n" % os.getpid())
signal.pause()
"""

SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from clew.runtime.processes import Child, keep_running
from clew.runtime.tasks import run

child = Child("service", sys.argv[1:], Path("service.log"))
sys.exit(run(lambda stop: keep_running(child, stop, print)))
"""


class Visit:
    """A child that has called."""

    def __init__(self, reader: asyncio.StreamReader, pid: int) -> None:
        self._reader, self.pid = reader, pid

    async def last_words(self) -> bytes:
        """What it says from now on, until it is gone."""
        return await self._reader.read()


class Door:
    """Where children call when they have started."""

    def __init__(self) -> None:
        self._visits: asyncio.Queue[Visit] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def opened(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._visits.put_nowait(Visit(reader, int(await reader.readline())))

    async def visit(self) -> Visit:
        return await self._visits.get()

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):  # a child that was killed
                await writer.wait_closed()


@asynccontextmanager
async def door() -> AsyncIterator[Door]:
    opened = Door()
    async with await asyncio.start_server(opened.opened, "127.0.0.1", 0) as server:
        opened.port = server.sockets[0].getsockname()[1]
        yield opened
        await opened.close()


def child(folder: Path, program: str, *arguments: object, restart: bool = True) -> Child:
    argv = [sys.executable, "-c", program, *map(str, arguments)]
    return Child("service", argv, folder / "service.log", restart)


@pytest.mark.parametrize("restart", [True, False])
def test_a_child_that_was_killed_is_started_again(tmp_path: Path, restart: bool):
    """Also one that is to run once: it was not through."""
    said: list[str] = []

    async def run() -> int:
        stop = asyncio.Event()
        async with door() as at, asyncio.TaskGroup() as group:
            service = child(tmp_path, SERVICE, at.port, restart=restart)
            running = group.create_task(keep_running(service, stop, said.append))
            first = await at.visit()
            os.kill(first.pid, signal.SIGKILL)
            second = await at.visit()
            assert second.pid != first.pid
            stop.set()
            code = await running
            await service.end(30)
            assert await second.last_words() == b"bye\n"
        return code

    assert asyncio.run(run()) == 0
    log = tmp_path / "service.log"
    assert said == [f"service was killed by signal 9, starting it again (its log: {log})"]


def test_a_child_that_ends_by_itself_is_started_again(tmp_path: Path):
    said: list[str] = []

    async def run() -> int:
        stop = asyncio.Event()

        def say(text: str) -> None:
            said.append(text)
            stop.set()

        return await keep_running(child(tmp_path, "exit(7)"), stop, say)

    assert asyncio.run(run()) == 0
    assert said[0].startswith("service ended with exit code 7, starting it again")


@pytest.mark.parametrize("code", [0, 1, 7])
def test_a_child_that_runs_once_gives_its_exit_code(tmp_path: Path, code: int):
    once = child(tmp_path, f"exit({code})", restart=False)
    assert asyncio.run(keep_running(once, asyncio.Event(), print)) == code


def test_a_mistake_in_its_configuration_is_told_and_not_tried_again(tmp_path: Path):
    """With the end of what the child said itself."""
    program = "import sys\nfor n in range(9): print('line', n, file=sys.stderr)\nsys.exit(2)"
    with pytest.raises(ClewError) as caught:
        asyncio.run(keep_running(child(tmp_path, program), asyncio.Event(), print))
    assert str(caught.value) == "service can't run:\nline 4\nline 5\nline 6\nline 7\nline 8"


def test_a_child_that_does_not_stop_is_killed(tmp_path: Path):
    async def run() -> int | None:
        async with door() as at:
            stubborn = child(tmp_path, STUBBORN, at.port)
            process = await stubborn.start()
            await at.visit()
            await stubborn.end(0.01)
            await stubborn.end(0.01)  # and once is enough
            return process.returncode

    assert asyncio.run(run()) == -signal.SIGKILL


def test_no_child_outlives_a_supervisor_that_was_killed(tmp_path: Path):
    """It stops as if it had been asked to."""

    async def run() -> bytes:
        async with door() as at:
            argv = (sys.executable, "-c", SUPERVISOR, sys.executable, "-c", SERVICE, str(at.port))
            supervisor = await asyncio.create_subprocess_exec(*argv, cwd=tmp_path)
            service = await at.visit()
            supervisor.kill()
            await supervisor.wait()
            return await service.last_words()

    assert asyncio.run(run()) == b"bye\n"


def test_a_log_goes_on_until_it_is_long(tmp_path: Path):
    """What a child said before it was killed is still there after its next start."""
    log = tmp_path / "service.log"

    async def say(text: str) -> None:
        await (await child(tmp_path, f"print({text!r})").start()).wait()

    asyncio.run(say("first"))
    asyncio.run(say("second"))
    assert log.read_text() == "first\nsecond\n"
    with log.open("ab") as file:
        file.truncate(LOG_BYTES + 1)
    asyncio.run(say("third"))
    assert log.read_text() == "third\n"


def test_last_words_of_a_child_that_never_ran(tmp_path: Path):
    assert child(tmp_path, "").last_words() == ""


def test_last_words_are_what_its_log_says(tmp_path: Path):
    """Of lines in our own schema only the message, and of all only its sentence if it says one."""
    ended = child(tmp_path, "")
    ended.log.write_text('{"log.level":"warning","message":"no answer"}\n[1, 2]\n')
    assert ended.last_words() == "no answer\n[1, 2]"
    with ended.log.open("a") as log:
        log.write("clew: 2 mistakes:\n  one\n  two\n")
    assert ended.last_words() == "clew: 2 mistakes:\n  one\n  two"
