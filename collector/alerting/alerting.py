"""
All groups of rules and all Alertmanagers, each in a loop of its own.

Keeps true: only who holds the lease evaluates; what was recorded is told to every Alertmanager
until it has taken it, by this collector or by the next; a group that hangs holds up no other, nor
what is told, and an Alertmanager that is away no other.

While the store does not answer nothing is evaluated, and what fires is told on: an Alertmanager
would take it for resolved otherwise.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial

from clew.rules.record import PREFIX
from clew.rules.states import is_due
from clew.runtime.backoff import Backoff
from clew.runtime.clock import Clock
from clew.runtime.errors import ClewError, PermanentError, TransientError
from clew.runtime.tasks import keep_alive, wait
from clew.schema.timestamps import SECOND
from clew.store.protocols import StateStore
from collector import events
from collector.alerting.alertmanager import MOST_ALERTS, Alertmanager, as_sent
from collector.alerting.config import AlertingConfig
from collector.alerting.group import GroupRunner, RecordChangedError, behind_seconds
from collector.alerting.lease import Lease

TICK_SECONDS = 1.0
"""How often it is looked what is due."""
LONGEST_PAUSE_SECONDS = 15.0
"""Between two tries of a group that the store does not answer to."""


class Alerting:
    """The groups of one collector. `config` says how often alerts are sent again, and the links."""

    def __init__(
        self,
        config: AlertingConfig,
        runners: Sequence[GroupRunner],
        alertmanagers: Sequence[Alertmanager],
        *,
        state: StateStore,
        lease: Lease,
        clock: Clock,
    ) -> None:
        self._external_url = config.external_url
        self._resend_after = round(config.resend_seconds * SECOND)
        self._runners, self._alertmanagers = runners, alertmanagers
        self._state, self._lease, self._clock = state, lease, clock

    async def run(self, stop: asyncio.Event) -> None:
        """Until asked to stop; then the next collector may take over at once."""
        loops = {"the lease": partial(self._keep_lease, stop)}
        loops |= {each.name: partial(self._keep_going, each, stop) for each in self._runners}
        loops |= {each.url: partial(self._keep_telling, each, stop) for each in self._alertmanagers}
        try:
            async with asyncio.TaskGroup() as group:
                for name, loop in loops.items():
                    broke = partial(events.alerting_broke, name)
                    group.create_task(keep_alive(stop, loop, broke))
            await self._lease.release()
        except (ClewError, TimeoutError) as error:
            events.alerting_interrupted(str(error))
        finally:
            events.alerting_stands(leads=False, behind_seconds=0.0)
            events.alerts_stand({})

    async def _keep_lease(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            epoch = self._lease.epoch
            try:
                if await self._lease.keep() and self._lease.epoch != epoch:
                    events.lease_taken(self._lease.epoch)
                    await self.clear()
            except (ClewError, TimeoutError) as error:
                events.alerting_interrupted(str(error) or "the store took too long")
            behind = behind_seconds(self._runners, self._clock.now())
            events.alerting_stands(leads=self._lease.held, behind_seconds=behind)
            events.alerts_stand(Counter(each.state for run in self._runners for each in run.alerts))
            await wait(stop, TICK_SECONDS)

    async def clear(self) -> None:
        """Forget the records of groups that there are no more. Raises as the StateStore does."""
        ours = {runner.key for runner in self._runners}
        for key in await self._state.keys(PREFIX):
            known = await self._state.get(key) if key not in ours else None
            if known is not None:
                await self._state.put_if(key, b"", version=known.version, lifetime_seconds=0.001)

    async def _keep_going(self, runner: GroupRunner, stop: asyncio.Event) -> None:
        backoff = Backoff(first_seconds=TICK_SECONDS, most_seconds=LONGEST_PAUSE_SECONDS)
        while not stop.is_set():
            if await self.evaluate(runner):
                backoff.reset()
                await wait(stop, TICK_SECONDS)
            else:
                await wait(stop, max(TICK_SECONDS, backoff.next()))

    async def evaluate(self, runner: GroupRunner) -> bool:
        """What is due of one group, if we lead; whether it went well."""
        if self._lease.lost:
            runner.forget()
        if not self._lease.held:
            return True
        try:
            await runner.take_over(self._lease.epoch)
            return await runner.evaluate()
        except RecordChangedError as error:
            runner.forget()
            events.alerting_interrupted(str(error))
        except (ClewError, TimeoutError) as error:
            events.alerting_interrupted(str(error) or "the store took too long")
        return False

    async def _keep_telling(self, alertmanager: Alertmanager, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for runner in self._runners:
                await self.tell(alertmanager, runner)
            await wait(stop, TICK_SECONDS)

    async def tell(self, alertmanager: Alertmanager, runner: GroupRunner) -> None:
        """Tell an Alertmanager what it is due to hear of a group."""
        url, now = alertmanager.url, self._clock.now()
        due = [each for each in runner.alerts if is_due(each, url, self._resend_after, now)]
        for start in range(0, len(due), MOST_ALERTS):
            some = due[start : start + MOST_ALERTS]
            sent = partial(as_sent, external_url=self._external_url, now=now)
            body = [sent(each, runner.interval, self._resend_after) for each in some]
            try:
                await alertmanager.send(body)
            except TransientError as error:
                events.alerts_not_sent(url, len(some), str(error))
                return
            except PermanentError as error:
                events.alerts_refused(url, str(error))
            else:
                events.alerts_sent(url, len(some))
            try:
                await runner.mark_sent(some, url, now)
            except (ClewError, TimeoutError) as error:
                # It is told once more by whoever reads the record: the same alert, harmlessly.
                events.alerting_interrupted(str(error) or "the store took too long")
