"""
One group of rules, from one moment to the next.

Keeps true:
- a record is durable before anybody is told what is in it: a crash tells late, but not never;
- moments are evaluated in order and none is left out, also those that passed while no collector
  ran, up to MOST_MOMENTS of them (what is older is counted as missed);
- a store that does not answer holds the group where it is: not knowing resolves no alert. What
  fires is told on meanwhile.

A crash leaves the last record; the next holder of the lease goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clew.rules.model import Rule
from clew.rules.record import LIFETIME_SECONDS, GroupRecord, RuleRecord, decode, encode, key_of
from clew.rules.states import Alert, Patience, advance
from clew.runtime.clock import Clock
from clew.runtime.errors import ClewError, TransientError
from clew.schema.timestamps import SECOND
from clew.store.protocols import State, StateStore
from collector import events
from collector.alerting.evaluation import Evaluator
from collector.alerting.files import NamedGroup

MOST_MOMENTS = 240
"""Evaluations caught up with: an hour of every 15 s, in one go when somebody takes over."""

MOST_ALERTS = 1_000
"""Of one rule, where its group has no limit: nobody reads more, and all are in one record."""


class RecordChangedError(ClewError):
    """Somebody else wrote the record: the lease is no longer ours."""


class GroupRunner:
    """A group under the lease."""

    def __init__(
        self,
        named: NamedGroup,
        interval: int,
        evaluator: Evaluator,
        state: StateStore,
        clock: Clock,
    ) -> None:
        self.name = f"{named.file};{named.group.name}"
        self._group, self._evaluator = named.group, evaluator
        self._state, self._clock = state, clock
        self._key = key_of(named.file, named.group.name)
        self._stored: State | None = None
        self._epoch = 0
        self.interval = named.group.interval or interval
        self.record = GroupRecord(named.file, named.group.name, self.interval)

    async def take_over(self, epoch: int) -> None:
        """Go on from what the last holder left, once an epoch. Raises as the StateStore does."""
        if self._epoch != epoch:
            await self._load()
            self._epoch = epoch

    def forget(self) -> None:
        """Somebody else goes on with it; what they leave is read before we do again."""
        self._epoch = 0
        self.record = GroupRecord(self.record.file, self.record.name, self.interval)

    async def _load(self) -> None:
        self._stored = await self._state.get(self._key)
        before = None
        if self._stored is not None:
            try:
                before = decode(self._stored.value)
            except ValueError as error:
                events.record_unreadable(self.name, str(error))
        known = {rule.definition: rule.alerts for rule in before.rules} if before else {}
        self.record = GroupRecord(
            self.record.file,
            self.record.name,
            self.interval,
            watermark=before.watermark if before else 0,
            missed=before.missed if before else 0,
            rules=[
                RuleRecord(rule.alert, _definition(rule), alerts=known.get(_definition(rule), []))
                for rule in self._group.rules
            ],
        )

    @property
    def alerts(self) -> list[Alert]:
        return [alert for rule in self.record.rules for alert in rule.alerts]

    def due(self) -> list[int]:
        """The moments that are to be evaluated now, in order."""
        now, record = self._clock.now(), self.record
        newest = now - now % self.interval
        # A watermark from the future was set by a clock that went wrong, and has been mended since.
        if not record.watermark or record.watermark > newest + self.interval:
            return [newest]
        due = range(record.watermark + self.interval, newest + 1, self.interval)
        missed = max(0, len(due) - MOST_MOMENTS)
        if missed:
            record.watermark += missed * self.interval  # so that they are counted once
            record.missed += missed
            events.evaluations_missed(missed)
        return list(due[missed:])

    async def evaluate(self) -> bool:
        """
        Evaluate every moment that is due, and make the record durable; whether there was one.

        Raises RecordChangedError, and TransientError where the record can't be written.
        """
        moments = self.due()
        if not moments:
            return False
        began = self._clock.monotonic()
        try:
            await self._evaluator.look()
            for at in moments:
                await self._evaluate(at)
        except (TimeoutError, TransientError) as error:
            self.record.held = str(error) or "the store took too long"
            events.group_held(self.name, self.record.held)
        else:
            self.record.held = ""
            events.group_evaluated(self.name)
        self.record.seconds = self._clock.monotonic() - began
        await self.save()
        return True

    async def save(self) -> None:
        """Raises as `evaluate`."""
        stored = await self._state.put_if(
            self._key,
            encode(self.record),
            version=None if self._stored is None else self._stored.version,
            lifetime_seconds=LIFETIME_SECONDS,
        )
        if stored is None:
            raise RecordChangedError(f"another collector evaluates {self.name}")
        self._stored = stored

    async def _evaluate(self, at: int) -> None:
        """All rules at one moment; their records change together, or none does."""
        advanced = [
            await self._advance(rule, record, at)
            for rule, record in zip(self._group.rules, self.record.rules, strict=True)
        ]
        self.record.rules, self.record.watermark = advanced, at

    async def _advance(self, rule: Rule, record: RuleRecord, at: int) -> RuleRecord:
        patience = Patience(rule.for_, rule.keep_firing_for)
        try:
            found = await self._evaluator.evaluate(rule, self._group, at)
            kept = found[: self._group.limit or MOST_ALERTS]
            alerts = advance(record.alerts, kept, patience, at)
        except ValueError as error:
            events.rule_failed(self.name, rule.alert, str(error))
            return msgspec.structs.replace(record, error=str(error))
        events.rule_evaluated()
        cut = len(found) - len(kept)
        if cut:
            events.alerts_cut(self.name, rule.alert, cut)
        return msgspec.structs.replace(record, error="", cut=cut, alerts=alerts)


def _definition(rule: Rule) -> str:
    return rule.model_dump_json(by_alias=True, exclude_defaults=True)


def behind_seconds(runners: Sequence[GroupRunner], now: int) -> float:
    """How far the group that is furthest behind is from now."""
    return max(
        ((now - each.record.watermark) / SECOND for each in runners if each.record.watermark),
        default=0.0,
    )
