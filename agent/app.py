"""
The agent's process: what it is made of, and what keeps it going.

One worker thread reads files, outbox and checkpoint; batches are on their way meanwhile. Beside
that samples of the node and of targets are made and shipped, in a thread and a spool of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import aiohttp
import orjson
from aiohttp import web

from agent import events
from agent.config import AgentConfig
from agent.delivery import Delivery
from agent.hints import Hints
from agent.metadata.known import KnownPods
from agent.metadata.polling import PodPolling
from agent.metrics.running import sample_and_ship
from agent.outbox.outbox import Outgoing
from agent.policy import Policy
from agent.redaction.key import keep_key, read_key
from agent.redaction.redactor import Redactor
from agent.reporting import Reporter, build_report
from agent.rescue.descriptors import raise_descriptor_limit
from agent.sending import Sending
from agent.sources.building import build_source, open_journal
from agent.sweep import Sweeper, SweepLimits
from agent.watch import POLL_SECONDS
from clew.runtime import events as configuration
from clew.runtime.addresses import parse_address
from clew.runtime.admin import Health, add_admin_routes, serving
from clew.runtime.clock import SYSTEM_CLOCK
from clew.runtime.config import read_token
from clew.runtime.errors import ClewError, first_error
from clew.runtime.folder_lock import FolderLock
from clew.runtime.tasks import Started, nobody_waits, wait
from clew.wire.report import Report

if TYPE_CHECKING:
    from agent.sources.journald import JournalFollower

SUMMARY = "summary.json"
"""What an agent that reads everything once leaves in its data folder."""

ONCE_SECONDS = 0.02
"""How long answers are waited for before the next look, by an agent that reads everything once."""

HINTED_SECONDS = 0.05
"""How soon after a look the next one may follow, where something changed in a folder."""

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
    raise_descriptor_limit()
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
        self._health = Health("looked", "collector")
        self._delivery = Delivery(
            session,
            config.collector_url,
            read_token(config.token_file),
            config.deadline_seconds,
            agent=f"{config.cluster}/{config.node}",
            batch_bytes=config.batch_bytes,
            batches_in_flight=config.batches_in_flight,
        )
        limits = SweepLimits(
            config.batch_bytes,
            config.unfinished_after_seconds,
            config.deadline_seconds,
            outbox_bytes=config.outbox_bytes,
            rescue_bytes=config.rescue_bytes,
            held_bytes=config.held_bytes,
        )
        self._source = build_source(config, config.node, config.cluster, SYSTEM_CLOCK)
        self._hints = Hints()
        self._pods = KnownPods() if config.kubelet.enabled and not once else None
        policy = Policy.build(
            SYSTEM_CLOCK,
            shedding=config.shedding,
            rate_limits=config.rate_limits,
            annotations=config.annotations,
            pods=self._pods,
            redactor=_build_redactor(config),
            schema=config.schema_.load_policy(),
        )
        self._sweeper = Sweeper(
            self._source,
            config.data,
            config.node,
            limits,
            SYSTEM_CLOCK,
            policy=policy,
            open_journal=self._open_journal if config.journald.enabled and not once else None,
        )
        self._sending = Sending(self._sweeper, self._delivery, self._health, stop, self._in_thread)
        self._reporter = Reporter(self._delivery, self._report, config.report_interval_seconds)
        self._looked_at = float("-inf")
        self._followed, self._lively = False, True
        self._due_at = SYSTEM_CLOCK.monotonic()

    def admin(self) -> web.Application:
        app = web.Application()
        add_admin_routes(app, self._health)
        # They tell which pods there are, and so they are for this machine only.
        if parse_address(self._config.listen).loopback:
            app.router.add_get("/status", self._get_status)
            app.router.add_get("/statusz", self._get_statusz)
        return app

    async def run(self) -> int:
        events.data.started(self._config.describe_sources(), self._config.collector_url)
        events.data.policy_in_force(self._sweeper.policy_name)
        events.reading.measure_behind(self._behind_seconds)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow())
                if self._config.metrics.enabled and not self._once:
                    tasks.create_task(sample_and_ship(self._config, self._delivery, self._stop))
                if self._pods is not None:
                    polling = PodPolling(self._config.kubelet, self._pods)
                    tasks.create_task(polling.run(self._stop))
        except* ClewError as failed:
            raise first_error(failed) from None
        finally:
            self._hints.close()
        await self._in_thread(self._save)
        if self._followed:
            await self._reporter.end()
        await self._delivery.close()
        status = await self._in_thread(self._sweeper.status)
        if self._once:
            await self._in_thread(_leave_summary, self._config.data / SUMMARY, status)
        await self._in_thread(self._sweeper.close)
        events.data.stopped()
        return 0 if status["balanced"] or not self._once else 1

    async def _follow(self) -> None:
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._keep_looking())
            self._followed = await self._sending.meet_store()
            reporting = group.create_task(self._reporter.run(self._stop))
            await self._sending.run(self._take_batch, self._rest)
            reporting.cancel()
            looking.cancel()

    async def _report(self, last: bool) -> Report:
        config, now = self._config, SYSTEM_CLOCK.now()
        names = config.node, config.cluster
        return await self._in_thread(build_report, self._sweeper, *names, now, ended=last)

    async def _take_batch(self) -> Outgoing | None:
        size = self._sending.batch_bytes
        return await self._in_thread(self._take, size)

    async def _rest(self) -> bool:
        """Until the files may have more; False where everything is read that was to be read."""
        if self._once and await self._in_thread(self._through):
            return False
        if self._once:
            await wait(self._stop, ONCE_SECONDS)
        else:
            # What changed just after a look waits for the next one to be due.
            soon = HINTED_SECONDS - (SYSTEM_CLOCK.monotonic() - self._looked_at)
            if soon > 0:
                await wait(self._stop, soon)
            pause = POLL_SECONDS if self._lively else self._config.look_interval_seconds
            await self._hints.wait(self._stop, pause)
        return True

    def _take(self, batch_bytes: int) -> Outgoing | None:
        """The next batch, after a look at the folders if one is due, or something changed there."""
        self._look_if_due()
        try:
            outgoing = self._sweeper.collect(batch_bytes, close_at_once=self._once)
        except OSError as error:
            events.data.checkpoint_not_written(error)
            why = f"its checkpoint can't be written: {error.strerror or error}"
            self._health.bad("checkpoint", why)
            return None
        self._health.good("checkpoint")
        return outgoing

    def _look_if_due(self) -> None:
        self._due_at = SYSTEM_CLOCK.monotonic()
        if self._is_due(self._looked_at):
            self._look()
        else:
            self._sweeper.poll()

    async def _keep_looking(self) -> None:
        """While nothing can be sent nothing is read: files are found, held and rescued then too."""
        while not self._stop.is_set():
            passed = SYSTEM_CLOCK.monotonic() - self._due_at
            pause = max(POLL_SECONDS, self._config.look_interval_seconds - passed)
            await self._hints.wait(self._stop, pause)
            if self._is_due(self._due_at):
                await self._in_thread(self._look_if_due)
            elif self._hints.changed.is_set():
                await wait(self._stop, HINTED_SECONDS)

    def _is_due(self, since: float) -> bool:
        """Whether it is time to look again, after something was done at that time."""
        seconds = SYSTEM_CLOCK.monotonic() - since
        hinted = self._hints.changed.is_set() and seconds >= HINTED_SECONDS
        return hinted or seconds >= self._config.look_interval_seconds

    def _look(self) -> None:
        self._hints.take()
        self._sweeper.look()
        if not self._once:
            self._hints.watch(self._source.folders())
        self._looked_at, self._lively = SYSTEM_CLOCK.monotonic(), self._sweeper.watch.lively
        self._health.good("looked")

    def _through(self) -> bool:
        """Whether one more look finds that everything is stored."""
        self._sweeper.look()
        return self._sweeper.idle

    def _behind_seconds(self) -> float:
        return self._sweeper.watermark.behind_seconds(SYSTEM_CLOCK.now())

    async def _get_status(self, _: web.Request) -> web.Response:
        body = await self._in_thread(self._sweeper.status)
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    async def _get_statusz(self, _: web.Request) -> web.Response:
        body = await self._in_thread(self._sweeper.statusz)
        body["collectors"] = self._delivery.status()
        body["configuration"] = {"problem": configuration.STATUS.problem}
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    def _open_journal(self, cursor: str) -> JournalFollower:
        config = self._config
        return open_journal(config.journald, config.node, config.cluster, SYSTEM_CLOCK, cursor)

    def _save(self) -> None:
        try:
            self._sweeper.save()
        except OSError as error:
            events.data.checkpoint_not_written(error)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _build_redactor(config: AgentConfig) -> Redactor | None:
    """Raises ClewError where there is no key to be had."""
    if not config.redaction.enabled:
        return None
    try:
        key_file = config.redaction.key_file
        key = read_key(key_file) if key_file else keep_key(config.data)
    except OSError as error:
        raise ClewError(f"the key of redaction can't be kept: {error}") from error
    return Redactor.build(config.redaction, key)


def _leave_summary(file: Path, status: dict[str, Any]) -> None:
    """Whole, or not at all where there is no room for it."""
    fresh = file.with_name(f"{file.name}.new")
    try:
        fresh.write_bytes(orjson.dumps(status))
        fresh.replace(file)
    except OSError as error:
        events.data.summary_not_written(error)
