"""
The agent's process: what it is made of, and the loop that keeps it going.

One worker thread reads files and the checkpoint; two senders keep one batch on the way while the
next is read. Back-pressure is the absence of an answer: bytes wait in their files. Beside that
samples of the node and of targets are made and shipped, in a thread and a spool of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import aiohttp
import orjson
from aiohttp import web

from agent import events
from agent.config import AgentConfig
from agent.delivery import Delivery
from agent.metrics.running import sample_and_ship
from agent.outbox.outbox import Outgoing
from agent.reporting import Reporter, build_report
from agent.sources.kubernetes import Kubernetes
from agent.sweep import Sweeper, SweepLimits
from clew.runtime.addresses import parse_address
from clew.runtime.admin import Health, add_admin_routes, serving
from clew.runtime.backoff import Backoff
from clew.runtime.clock import SYSTEM_CLOCK
from clew.runtime.config import read_token
from clew.runtime.errors import ClewError, PermanentError, TransientError, first_error
from clew.runtime.folder_lock import FolderLock
from clew.runtime.tasks import Started, nobody_waits, unless, wait
from clew.wire.batch import Answer
from clew.wire.report import Report

SENDERS = 2
SUMMARY = "summary.json"
"""What an agent that reads everything once leaves in its data folder."""

P = ParamSpec("P")
T = TypeVar("T")


async def run(
    config: AgentConfig,
    stop: asyncio.Event,
    started: Started = nobody_waits,
    *,
    once: bool = False,
) -> int:
    """Follow the files until asked to stop; `once`: until everything that is there is stored."""
    with FolderLock(config.data, "agent"), ThreadPoolExecutor(1, "sweep") as thread:
        async with aiohttp.ClientSession() as session:
            agent = Agent(config, session, thread, stop, once=once)
            async with serving(agent.admin(), parse_address(config.listen)):
                started()
                return await agent.run()


class Agent:
    def __init__(
        self,
        config: AgentConfig,
        session: aiohttp.ClientSession,
        thread: ThreadPoolExecutor,
        stop: asyncio.Event,
        *,
        once: bool,
    ) -> None:
        self._config, self._thread, self._stop, self._once = config, thread, stop, once
        limits = SweepLimits(
            config.batch_bytes, config.unfinished_after_seconds, config.deadline_seconds
        )
        tree = Kubernetes(config.logs, config.node, config.cluster)
        self._sweeper = Sweeper(tree, config.data, config.node, limits, SYSTEM_CLOCK)
        self._delivery = Delivery(
            session, config.collector_url, read_token(config.token_file), config.deadline_seconds
        )
        self._reporter = Reporter(self._delivery, self._report, config.report_interval_seconds)
        self._health = Health("looked", "collector")
        self._looked_at = float("-inf")
        self._store = ""

    def admin(self) -> web.Application:
        app = web.Application()
        add_admin_routes(app, self._health)

        async def status(_: web.Request) -> web.Response:
            body = await self._in_thread(self._sweeper.status)
            return web.Response(body=orjson.dumps(body), content_type="application/json")

        # It tells which pods there are, and so it is for this machine only.
        if parse_address(self._config.listen).loopback:
            app.router.add_get("/status", status)
        return app

    async def run(self) -> int:
        folders = ", ".join(str(folder) for folder in self._config.logs)
        events.started(folders, self._config.collector_url)
        events.measure_behind(self._behind_seconds)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow())
                if self._config.metrics.enabled and not self._once:
                    tasks.create_task(sample_and_ship(self._config, self._delivery, self._stop))
        except* ClewError as failed:
            raise first_error(failed) from None
        await self._in_thread(self._save)
        if self._store:
            await self._reporter.end()
        status = await self._in_thread(self._sweeper.status)
        if self._once:
            await self._in_thread(_leave_summary, self._config.data / SUMMARY, status)
        events.stopped()
        return 0 if status["balanced"] or not self._once else 1

    async def _follow(self) -> None:
        await self._meet_store()
        async with asyncio.TaskGroup() as group:
            reporting = group.create_task(self._reporter.run(self._stop))
            senders = [group.create_task(self._send_batches()) for _ in range(SENDERS)]
            await asyncio.wait(senders)
            reporting.cancel()

    async def _meet_store(self) -> None:
        """Wait for the collector, and learn from it which store the checkpoint has to be about."""
        backoff = Backoff()
        while not self._stop.is_set():
            try:
                store = await unless(self._stop, self._delivery.get_store())
            except TransientError as error:
                events.store_not_told(error)
                await self._rest(error, backoff)
                continue
            if store is None:
                return
            events.store_told()
            self._store = store
            await self._in_thread(self._sweeper.meet, self._store)
            self._health.good("collector")
            return

    async def _report(self, last: bool) -> Report:
        config, now = self._config, SYSTEM_CLOCK.now()
        names = config.node, config.cluster
        return await self._in_thread(build_report, self._sweeper, *names, now, ended=last)

    async def _send_batches(self) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            outgoing = await self._in_thread(self._take)
            if outgoing is None and self._once:
                outgoing = await self._in_thread(self._look_and_take)
            if outgoing is not None:
                await self._deliver(outgoing, backoff)
            elif self._once and await self._in_thread(self._idle):
                return
            else:
                await wait(self._stop, self._config.look_interval_seconds)

    async def _deliver(self, outgoing: Outgoing, backoff: Backoff) -> None:
        """Send a batch until it is answered, or until asked to stop."""
        while not self._stop.is_set():
            try:
                answer = await self._send(outgoing)
            except TransientError as error:
                events.batch_failed(error)
                await self._rest(error, backoff)
                continue
            except PermanentError as error:
                await self._isolate(outgoing, error, backoff)
                return
            if answer is None:
                break
            if answer.store != self._store:
                raise ClewError(
                    "the collector keeps documents in another store than before; started again, "
                    "the agent sends everything there"
                )
            backoff.reset()
            events.batch_answered()
            self._health.good("collector")
            await self._in_thread(self._sweeper.settle, outgoing, answer)
            return
        await self._in_thread(self._sweeper.give_back, outgoing)

    async def _send(self, outgoing: Outgoing) -> Answer | None:
        """The answer, or None when asked to stop before it came: the batch is sent again later."""
        body = await self._in_thread(self._sweeper.body, outgoing)
        sending = self._delivery.send(body, len(outgoing.ranges))
        return await unless(self._stop, sending)

    async def _isolate(self, outgoing: Outgoing, error: PermanentError, backoff: Backoff) -> None:
        """
        Find the part that will not do: too large together, or one of them is refused.

        A part that is refused alone rests; its lines stay in their file, and hold up no others.
        """
        events.batch_failed(error)
        if len(outgoing.ranges) == 1:
            self._health.bad("collector", str(error))
            await self._in_thread(self._sweeper.put_off, outgoing)
            return
        for half in await self._in_thread(self._sweeper.halves, outgoing):
            await self._deliver(half, backoff)

    async def _rest(self, error: TransientError, backoff: Backoff) -> None:
        self._health.bad("collector", str(error))
        await wait(self._stop, backoff.next(error.retry_after))

    def _behind_seconds(self) -> float:
        return self._sweeper.watermark.behind_seconds(SYSTEM_CLOCK.now())

    def _idle(self) -> bool:
        return self._sweeper.idle

    def _look_and_take(self) -> Outgoing | None:
        self._looked_at = float("-inf")
        return self._take()

    def _take(self) -> Outgoing | None:
        """The next batch, after a look at the folders if one is due."""
        now = SYSTEM_CLOCK.monotonic()
        if now - self._looked_at >= self._config.look_interval_seconds:
            self._looked_at = now
            self._sweeper.look()
            self._health.good("looked")
        try:
            outgoing = self._sweeper.collect(close_at_once=self._once)
        except OSError as error:
            events.checkpoint_not_written(error)
            why = f"its checkpoint can't be written: {error.strerror or error}"
            self._health.bad("checkpoint", why)
            return None
        self._health.good("checkpoint")
        return outgoing

    def _save(self) -> None:
        try:
            self._sweeper.save()
        except OSError as error:
            events.checkpoint_not_written(error)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _leave_summary(file: Path, status: dict[str, Any]) -> None:
    """Whole, or not at all where there is no room for it."""
    fresh = file.with_name(f"{file.name}.new")
    try:
        fresh.write_bytes(orjson.dumps(status))
        fresh.replace(file)
    except OSError as error:
        events.summary_not_written(error)
