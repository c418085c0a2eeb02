"""
One group of rules, from one moment to the next.

Keeps true:
- what is told is what is recorded: a crash tells late or twice, but not never;
- moments are evaluated in order and none is left out, also those that passed while no collector
  ran, up to MOST_MOMENTS of them (what is older is counted as missed);
- a store that does not answer holds the group where it is: not knowing resolves no alert;
- a rule that fails, or that takes too long, keeps its alerts, says so, and holds up no other rule.

A crash leaves the last record; the next holder of the lease goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from clew.rules.model import Rule
from clew.rules.record import LIFETIME_SECONDS, GroupRecord, RuleRecord, decode, encode, key_of
from clew.rules.states import Alert, DuplicateLabelsError, Found, Patience, advance
from clew.rules.states import key_of as labels_key
from clew.runtime.clock import Clock
from clew.runtime.errors import ClewError
from clew.schema.timestamps import SECOND
from clew.store.protocols import State, StateStore
from collector import events
from collector.alerting.evaluation import EVALUATION_SECONDS, Evaluator
from collector.alerting.files import NamedGroup

MOST_MOMENTS = 240
"""Evaluations caught up with: an hour of every 15 s, in one go when somebody takes over."""

MOST_ALERTS = 1_000
"""Of one rule, where its group has no limit: nobody reads more, and all are in one record."""


_FAULTS = (ValueError, ArithmeticError, LookupError, TypeError)
"""What a rule raises that can't be evaluated over what is there."""


class RecordChangedError(ClewError):
    """Somebody else wrote the record: the lease is no longer ours."""


class GroupRunner:
    """A group under the lease. `record` is what the store has."""

    def __init__(
        self,
        named: NamedGroup,
        interval: int,
        evaluator: Evaluator,
        state: StateStore,
        clock: Clock,
    ) -> None:
        self.name = f"{named.file};{named.group.name}"
        self.key = key_of(named.file, named.group.name)
        self.interval = named.group.interval or interval
        self._file, self._group, self._evaluator = named.file, named.group, evaluator
        self._state, self._clock = state, clock
        self._stored: State | None = None
        self._epoch = 0
        self._writing = asyncio.Lock()
        self.record = self._fresh()

    @property
    def alerts(self) -> list[Alert]:
        return [alert for rule in self.record.rules for alert in rule.alerts]

    async def take_over(self, epoch: int) -> None:
        """Go on from what the last holder left, once an epoch. Raises as the StateStore does."""
        if self._epoch != epoch:
            async with self._writing:
                await self._load()
            self._epoch = epoch

    def forget(self) -> None:
        """Somebody else goes on with it; what they leave is read before we do again."""
        self._epoch = 0
        self.record = self._fresh()

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
        Evaluate and record every moment that is due; whether it went well.

        Raises RecordChangedError, and other ClewErrors where the record can't be written.
        """
        moments = self.due()
        if not moments:
            return True
        try:
            await self._evaluator.look()
            for at in moments:
                began = self._clock.monotonic()
                results = [await self._find(rule, at) for rule in self._group.rules]
                await self._record(results, at, self._clock.monotonic() - began)
        except RecordChangedError:
            raise
        except (TimeoutError, ClewError) as error:
            self.record.held = str(error) or "the store took too long"
            events.group_held(self.name, self.record.held)
            await self.save()
            return False
        events.group_evaluated(self.name)
        return True

    async def mark_sent(self, alerts: Iterable[Alert], url: str, now: int) -> None:
        """An Alertmanager has taken these alerts. Raises as `evaluate`."""
        for alert in alerts:
            alert.sent[url] = now
        await self.save()

    async def save(self) -> None:
        """Raises as `evaluate`."""
        async with self._writing:
            await self._put(self.record)

    def _fresh(self) -> GroupRecord:
        rules = [RuleRecord(rule.alert, _definition(rule)) for rule in self._group.rules]
        return GroupRecord(self._file, self._group.name, self.interval, rules=rules)

    async def _load(self) -> None:
        self._stored = await self._state.get(self.key)
        self.record = self._fresh()
        if self._stored is None:
            return
        try:
            before = decode(self._stored.value)
        except ValueError as error:
            events.record_unreadable(self.name, str(error))
            return
        self.record.watermark, self.record.missed = before.watermark, before.missed
        known = {rule.identity: rule.alerts for rule in before.rules}
        for rule in self.record.rules:
            rule.alerts = known.get(rule.identity, [])

    async def _find(self, rule: Rule, at: int) -> list[Found] | Exception:
        """The results of a rule, or why there are none. Raises ClewError: then nothing is known."""
        try:
            return await self._evaluator.evaluate(rule, self._group, at)
        except TimeoutError:
            return TimeoutError(f"it took longer than {EVALUATION_SECONDS:.0f} s")
        except _FAULTS as error:
            return error

    async def _record(
        self, results: Sequence[list[Found] | Exception], at: int, seconds: float
    ) -> None:
        """All rules at one moment: their records change together, or none does."""
        async with self._writing:
            rules = [
                self._advance(rule, record, result, at)
                for rule, record, result in zip(
                    self._group.rules, self.record.rules, results, strict=True
                )
            ]
            await self._put(
                msgspec.structs.replace(
                    self.record, watermark=at, held="", seconds=seconds, rules=rules
                )
            )

    async def _put(self, record: GroupRecord) -> None:
        stored = await self._state.put_if(
            self.key,
            encode(record),
            version=None if self._stored is None else self._stored.version,
            lifetime_seconds=LIFETIME_SECONDS,
        )
        if stored is None:
            raise RecordChangedError(f"another collector evaluates {self.name}")
        self._stored, self.record = stored, record

    def _advance(
        self, rule: Rule, record: RuleRecord, found: list[Found] | Exception, at: int
    ) -> RuleRecord:
        if isinstance(found, Exception):
            return self._failed(rule, record, found)
        kept = self._within_limit(found, record.alerts)
        try:
            patience = Patience(rule.for_, rule.keep_firing_for)
            alerts = advance(record.alerts, kept, patience, at)
        except DuplicateLabelsError as error:
            return self._failed(rule, record, error)
        events.rule_evaluated()
        cut = len(found) - len(kept)
        if cut:
            events.alerts_cut(self.name, rule.alert, cut)
        return RuleRecord(rule.alert, _definition(rule), cut=cut, alerts=alerts)

    def _failed(self, rule: Rule, record: RuleRecord, error: Exception) -> RuleRecord:
        """The rule keeps its alerts: nothing is known of them."""
        said = str(error) or type(error).__name__
        events.rule_failed(self.name, rule.alert, said)
        return RuleRecord(rule.alert, _definition(rule), error=said, alerts=record.alerts)

    def _within_limit(self, found: list[Found], alerts: Sequence[Alert]) -> list[Found]:
        """As many as may be, those that are alerts already first: none flaps at the edge."""
        limit = self._group.limit or MOST_ALERTS
        if len(found) <= limit:
            return found
        known = {labels_key(alert.labels) for alert in alerts}
        return sorted(
            found, key=lambda each: (labels_key(each.labels) not in known, labels_key(each.labels))
        )[:limit]


def _definition(rule: Rule) -> str:
    return rule.model_dump_json(by_alias=True, exclude_defaults=True)


def behind_seconds(runners: Sequence[GroupRunner], now: int) -> float:
    """How far the group that is furthest behind is from now."""
    return max(
        ((now - each.record.watermark) / SECOND for each in runners if each.record.watermark),
        default=0.0,
    )
