"""
All groups of rules, each in a loop of its own: evaluate what is due, record it, tell.

Keeps true: only who holds the lease evaluates and tells; what was recorded is told to every
Alertmanager until it has taken it, by this collector or by the next; a group that hangs, or an
Alertmanager that is away, holds up no other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial

from clew.rules.states import Alert, is_due
from clew.runtime.clock import Clock
from clew.runtime.errors import PermanentError, TransientError
from clew.runtime.tasks import keep_alive, wait
from clew.schema.timestamps import SECOND
from collector import events
from collector.alerting.alertmanager import MOST_ALERTS, Alertmanager, as_sent
from collector.alerting.config import AlertingConfig
from collector.alerting.group import GroupRunner, RecordChangedError, behind_seconds
from collector.alerting.lease import Lease

TICK_SECONDS = 1.0
"""How often it is looked what is due."""


class Alerting:
    """The groups of one collector. `config` says how often alerts are sent again, and the links."""

    def __init__(
        self,
        config: AlertingConfig,
        runners: Sequence[GroupRunner],
        alertmanagers: Sequence[Alertmanager],
        lease: Lease,
        clock: Clock,
    ) -> None:
        self._external_url = config.external_url
        self._resend_after = round(config.resend_seconds * SECOND)
        self._runners, self._alertmanagers = runners, alertmanagers
        self._lease, self._clock = lease, clock

    async def run(self, stop: asyncio.Event) -> None:
        """Until asked to stop; then the next collector may take over at once."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_lease(stop))
            for runner in self._runners:
                going = partial(self._keep_going, runner, stop)
                group.create_task(keep_alive(stop, going, partial(events.group_broke, runner.name)))
        try:
            await self._lease.release()
        except (TransientError, TimeoutError) as error:
            events.alerting_interrupted(str(error))

    async def _keep_lease(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            epoch = self._lease.epoch
            try:
                if await self._lease.keep() and self._lease.epoch != epoch:
                    events.lease_taken(self._lease.epoch)
            except (TransientError, TimeoutError) as error:
                events.alerting_interrupted(str(error) or "the store took too long")
            behind = behind_seconds(self._runners, self._clock.now())
            events.alerting_stands(self._lease.held, behind)
            events.alerts_stand(
                Counter(alert.state for run in self._runners for alert in run.alerts)
            )
            await wait(stop, TICK_SECONDS)

    async def _keep_going(self, runner: GroupRunner, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if self._lease.held:
                await self.round(runner)
            else:
                runner.forget()
            await wait(stop, TICK_SECONDS)

    async def round(self, runner: GroupRunner) -> None:
        """What is due of one group: to be evaluated, and to be told. Does nothing without lease."""
        try:
            await runner.take_over(self._lease.epoch)
            await runner.evaluate()
        except RecordChangedError as error:
            events.alerting_interrupted(str(error))
            runner.forget()
            return
        except (TransientError, TimeoutError) as error:
            # What fires is told on: if somebody else does so too, an Alertmanager knows both to be
            # the same by their labels, and if nobody did it would take the alert for resolved.
            events.alerting_interrupted(str(error) or "the store took too long")
        await self._tell(runner)

    async def _tell(self, runner: GroupRunner) -> None:
        now = self._clock.now()
        told = await asyncio.gather(
            *(self._send(each, runner, now) for each in self._alertmanagers)
        )
        if not any(told):
            return
        try:
            await runner.save()
        except (RecordChangedError, TransientError, TimeoutError) as error:
            # It is told once more by whoever reads the record: the same alert, of the same start.
            events.alerting_interrupted(str(error) or "the store took too long")

    async def _send(self, alertmanager: Alertmanager, runner: GroupRunner, now: int) -> bool:
        """Tell an Alertmanager what it is due to hear; whether it has taken some of it."""
        url = alertmanager.url
        due = [each for each in runner.alerts if is_due(each, url, self._resend_after, now)]
        for start in range(0, len(due), MOST_ALERTS):
            some = due[start : start + MOST_ALERTS]
            try:
                await alertmanager.send([self._as_sent(each, runner, now) for each in some])
            except TransientError as error:
                events.alerts_not_sent(url, len(some), str(error))
                return start > 0
            except PermanentError as error:
                events.alerts_refused(url, str(error))
            else:
                events.alerts_sent(url, len(some))
            for each in some:
                each.sent[url] = now
        return bool(due)

    def _as_sent(self, alert: Alert, runner: GroupRunner, now: int) -> dict[str, object]:
        return as_sent(alert, self._external_url, runner.interval, self._resend_after, now)
