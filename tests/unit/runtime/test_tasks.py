from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clew.runtime.tasks import SUPERVISED, keep_alive, wait

PROGRAM = """
import asyncio, signal, sys
from clew.runtime.tasks import run

async def main(stop):
    done = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, done.set)
    print("ready", flush=True)
    await stop.wait()
    print("stopping", flush=True)
    await done.wait()
    return 3

sys.exit(run(main))
"""
"""Ends some time after it was asked to, when SIGUSR1 lets it."""


@contextmanager
def started(**environment: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
        text=True,
    ) as process:
        try:
            assert said(process) == "ready"
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_politely(number: signal.Signals):
    """The process takes its time, and its exit code is its own."""
    with started() as process:
        process.send_signal(number)
        assert said(process) == "stopping"
        process.send_signal(signal.SIGUSR1)
        assert process.wait() == 3


def test_a_second_signal_ends_the_process_where_it_stands():
    with started() as process:
        process.send_signal(signal.SIGINT)
        assert said(process) == "stopping"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 128 + signal.SIGTERM


def test_a_supervised_process_stops_when_its_lifeline_ends():
    """The end of the supervisor comes twice, as an end and as a signal, and asks once."""
    with started(**{SUPERVISED: "1"}) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert said(process) == "stopping"
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGUSR1)
        assert process.wait() == 3


def test_a_process_that_nobody_supervises_does_not_look_at_its_input():
    with started() as process:
        assert process.stdin is not None
        process.stdin.close()
        process.send_signal(signal.SIGTERM)
        assert said(process) == "stopping"


def test_waiting_ends_when_asked_to_stop():
    async def waited(seconds: float, *, asked: bool) -> bool:
        stop = asyncio.Event()
        if asked:
            stop.set()
        return await wait(stop, seconds)

    assert asyncio.run(waited(3600, asked=True))
    assert not asyncio.run(waited(0, asked=False))


def test_work_that_fails_begins_anew_until_it_is_done(monkeypatch):
    """Whoever started it goes on, and is told of each failure."""
    monkeypatch.setattr("clew.runtime.backoff.random.uniform", lambda low, high: 0.0)
    failures: list[Exception] = []

    async def run() -> None:
        async def work() -> None:
            if len(failures) < 3:
                raise LookupError(len(failures))

        await keep_alive(asyncio.Event(), work, failures.append)

    asyncio.run(run())
    assert [str(each) for each in failures] == ["0", "1", "2"]


def test_work_that_fails_is_left_alone_when_asked_to_stop():
    async def run() -> None:
        stop = asyncio.Event()

        async def work() -> None:
            stop.set()
            raise LookupError

        await keep_alive(stop, work, lambda _: None)

    asyncio.run(run())
