"""
What pages and API ask, and how long they wait for it.

Each question gets the deadline of one request, so a slow store costs its asker an answer and
nobody else anything. TimeoutError and TransientError pass through to `query.failures`.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from clew.answers.alerts import groups
from clew.answers.conformance import Period, Scoreboard, scoreboard
from clew.answers.nodes import DAY, HOUR, LONGEST, NodeState, node, nodes
from clew.answers.quarantine import Listed, find_quarantined, listed
from clew.answers.recent import recent
from clew.answers.reports import Reports
from clew.answers.searching import Found, decode_cursor, find
from clew.answers.service_conformance import ServiceConformance, service_conformance
from clew.answers.transactions import transaction
from clew.rules.record import GroupRecord
from clew.runtime.clock import SYSTEM_CLOCK, Clock, Deadline
from clew.search.times import parse_time
from clew.store.opening import Stores
from clew.store.protocols import EVERYWHERE, Cursor, Hit
from clew.transaction.model import Summary, Transaction
from clew.wire.quarantine import Chosen

MOST_LINES = 1000
"""Lines a page of a search may have: what a browser still renders at once."""


class SearchParameters(BaseModel):
    """What a search can say; times as in `clew.search.times`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: str = Field(default="", description="In the search language; nothing means every line.")
    since: str = Field(
        default="", description="From this time on, such as `15m` or `2023-01-29 08:42`."
    )
    until: str = Field(default="", description="Before this time.")
    limit: int = Field(default=100, ge=1, le=MOST_LINES, description="Lines a page.")
    after: str = Field(default="", description="The `next` of the page before.")
    order: Literal["newest", "oldest"] = Field(
        default="newest", description="Which lines come first."
    )
    histogram: bool = Field(
        default=True, description="Without it a page costs less: for who fetches page after page."
    )


class RecentParameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=50, ge=1, le=500, description="How many transactions.")
    order: Literal["failures", "newest"] = Field(
        default="failures", description="Failed ones first, or only by time."
    )


class NodeParameters(BaseModel):
    """Which time of a node; times as in `clew.search.times`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: str = Field(
        default="", description="From this time on; an hour before its end if empty."
    )
    until: str = Field(default="", description="Before this time; now if empty.")
    cluster: str = Field(default="", description="Where several have a node of this name.")


class BadParameterError(ValueError):
    """A parameter that can't be read; the message says which and why."""


class Questions:
    def __init__(self, stores: Stores, timeout_seconds: float, clock: Clock = SYSTEM_CLOCK) -> None:
        self._logs, self._timeout, self._clock = stores.logs, timeout_seconds, clock
        self._series, self._state = stores.series, stores.state
        self._reports = Reports(stores.state, clock)

    def now(self) -> int:
        return self._clock.now()

    async def transaction(self, id: str) -> Transaction:  # noqa: A002
        return await transaction(
            self._logs,
            id,
            reports=self._reports,
            series=self._series,
            scope=EVERYWHERE,
            deadline=self._deadline(),
        )

    async def alert_groups(self) -> list[GroupRecord]:
        """Raises TimeoutError and TransientError."""
        async with asyncio.timeout(self._timeout):
            return await groups(self._state)

    async def recent(self, parameters: RecentParameters) -> list[Summary]:
        return await recent(
            self._logs,
            scope=EVERYWHERE,
            deadline=self._deadline(),
            limit=parameters.limit,
            errors_first=parameters.order == "failures",
        )

    async def find(self, parameters: SearchParameters) -> Found:
        """Raises SearchError for the query and BadParameterError for the rest."""
        now = self.now()
        try:
            after = decode_cursor(parameters.after) if parameters.after else None
        except ValueError:
            raise BadParameterError("after: not the `next` of an earlier page") from None
        return await find(
            self._logs,
            parameters.query,
            now=now,
            since=time_given("since", parameters.since, now),
            until=time_given("until", parameters.until, now),
            limit=parameters.limit,
            after=after,
            newest_first=parameters.order == "newest",
            reports=self._reports,
            scope=EVERYWHERE,
            deadline=self._deadline(),
            with_histogram=parameters.histogram,
        )

    async def nodes(self) -> list[NodeState]:
        return await nodes(
            self._series,
            now=self.now(),
            reports=self._reports,
            scope=EVERYWHERE,
            deadline=self._deadline(),
        )

    async def agents_reporting(self) -> int:
        """How many agents have reported within a day, as far as that is known."""
        return len(await self._reports.latest(self._deadline()) or ())

    async def node(self, name: str, parameters: NodeParameters) -> NodeState | None:
        """Raises BadParameterError."""
        since, until = _within(parameters, self.now())
        return await node(
            self._series,
            name,
            cluster=parameters.cluster or None,
            since=since,
            until=until,
            reports=self._reports,
            scope=EVERYWHERE,
            deadline=self._deadline(),
        )

    async def quarantine(self, chosen: Chosen, *, limit: int, after: Cursor | None) -> Listed:
        return await listed(
            self._logs,
            chosen,
            limit=limit,
            after=after,
            scope=EVERYWHERE,
            deadline=self._deadline(),
        )

    async def quarantined(self, id: str) -> Hit | None:  # noqa: A002
        return await find_quarantined(self._logs, id, scope=EVERYWHERE, deadline=self._deadline())

    async def conformance(self, period: Period, namespace: str) -> Scoreboard:
        return await scoreboard(
            self._logs, period, namespace=namespace, scope=EVERYWHERE, deadline=self._deadline()
        )

    async def service(self, name: str, period: Period, namespace: str) -> ServiceConformance:
        return await service_conformance(
            self._logs,
            name,
            period,
            namespace=namespace,
            scope=EVERYWHERE,
            deadline=self._deadline(),
        )

    async def visible_up_to(self) -> int:
        """See LogStore; an answer means that the store can be asked."""
        return await self._logs.visible_up_to()

    async def close(self) -> None:
        """Before the stores are closed."""
        await self._reports.close()

    def _deadline(self) -> Deadline:
        return Deadline.after(self._timeout, self._clock)


def _within(parameters: NodeParameters, now: int) -> tuple[int, int]:
    given = time_given("until", parameters.until, now)
    until = now if given is None else given
    given = time_given("since", parameters.since, now)
    since = max(0, until - HOUR) if given is None else given
    if not since < until:
        raise BadParameterError("since: is not before the end of the time")
    if until - since > LONGEST:
        raise BadParameterError(f"since: a time of at most {LONGEST // DAY} days, please")
    return since, until


def time_given(name: str, text: str, now: int) -> int | None:
    """Unix nanoseconds of a time as typed, None where none was. Raises BadParameterError."""
    if not text.strip():
        return None
    try:
        return parse_time(text, now)
    except ValueError as error:
        raise BadParameterError(f"{name}: {error}") from None
