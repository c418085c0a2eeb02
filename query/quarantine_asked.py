"""
What pages and API can be told about the quarantine: which lines, and what to do with them.

A quarantined line may have megabytes, so a list shows the beginning of each.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from clew.answers.quarantine import ORIGINAL, RAW, Listed
from clew.answers.searching import decode_cursor
from clew.schema.rejection import Reason
from clew.schema.timestamps import format_rfc3339
from clew.store.protocols import Cursor
from clew.wire.quarantine import MOST_IDS, Change, Chosen
from query.models import FoundLine
from query.questions import BadParameterError, time_given

MOST_QUARANTINED = 500
SHOWN_CHARACTERS = 4_096


class QuarantineFilter(BaseModel):
    """Which quarantined lines; times as in `clew.search.times`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str = Field(default="", description="Of this service only.")
    namespace: str = Field(default="", description="Of this namespace only.")
    reason: Reason | Literal[""] = Field(default="", description="Refused for this reason only.")
    field: str = Field(default="", description="With this field at fault only.")
    since: str = Field(
        default="", description="From this time on, such as `15m` or `2023-01-29 08:42`."
    )
    until: str = Field(default="", description="Before this time.")

    def chosen(self, now: int, ids: list[str] | None = None) -> Chosen:
        """Raises BadParameterError."""
        return Chosen(
            service=self.service,
            namespace=self.namespace,
            reason=str(self.reason),
            field=self.field,
            since=time_given("since", self.since, now),
            until=time_given("until", self.until, now),
            ids=ids,
        )


class QuarantineChoice(QuarantineFilter):
    """What a page asks about before it is done."""

    id: str = Field(default="", description="This line only.")

    def fixed(self, now: int) -> dict[str, str]:
        """The same choice in times that mean the same moments whenever the form is sent."""
        chosen = self.chosen(now)
        until = now if chosen.until is None else chosen.until
        since = "" if chosen.since is None else format_rfc3339(chosen.since)
        times = {"since": since, "until": "" if self.id else format_rfc3339(until)}
        return self.model_dump(exclude={"id"}) | times


class QuarantineParameters(QuarantineFilter):
    limit: int = Field(default=50, ge=1, le=MOST_QUARANTINED, description="Lines a page.")
    after: str = Field(default="", description="The `next` of the page before.")

    def cursor(self) -> Cursor | None:
        """Raises BadParameterError."""
        try:
            return decode_cursor(self.after) if self.after else None
        except ValueError:
            raise BadParameterError("after: not the `next` of an earlier page") from None


class QuarantineChange(QuarantineFilter):
    """Which lines to replay or purge, a bounded part of them at a time."""

    ids: list[str] | None = Field(
        default=None, max_length=MOST_IDS, description="These lines only, by their IDs."
    )
    dry_run: bool = Field(default=False, description="Say what would happen, and change nothing.")
    after: str = Field(default="", description="The `next` of the step before.")

    def change(self, now: int, seconds: float) -> Change:
        """Raises BadParameterError."""
        try:
            if self.after:
                decode_cursor(self.after)
        except ValueError:
            raise BadParameterError("after: not the `next` of an earlier step") from None
        return Change(
            self.chosen(now, self.ids),
            dry_run=self.dry_run,
            after=self.after,
            deadline_seconds=seconds,
        )


class ValueCount(BaseModel):
    value: str
    count: int


class QuarantineAnswer(BaseModel):
    """Quarantined lines, the newest first; counts of all that match come with the first page."""

    total: int = Field(description="All that match, whatever the page's size.")
    reasons: list[ValueCount]
    services: list[ValueCount] = Field(description="Those with most of them.")
    fields: list[ValueCount] = Field(description="Fields at fault, those named most often.")
    lines: list[FoundLine] = Field(
        description="Of `event.original` the beginning; `cut` says that there is more."
    )
    next: str | None = Field(description="Give it as `after` for the next page; null: the end.")


class QuarantinedLine(BaseModel):
    """One line, why it is in quarantine, and what to do about it."""

    line: FoundLine
    reason: str
    field: str
    detail: str
    remedy: str
    kept: Literal["line", "record"] = Field(
        description="`record` where what is kept is the record that was made of the line."
    )
    ids: dict[str, str] = Field(description="The IDs found in it, by their fields.")


class ChangeAnswer(BaseModel):
    """What one step did. Ask again with `after` until `next` is null."""

    total: int = Field(description="Lines that were chosen when this step began.")
    looked: int = Field(description="Lines that this step looked at.")
    done: dict[str, int] = Field(
        description="Lines that left the quarantine, by the reason that had brought them there."
    )
    kept: dict[str, int] = Field(description="Lines that stay, by the reason why.")
    next: str | None


def listed_as_json(listed: Listed) -> dict[str, Any]:
    answer = listed.as_json()
    answer["lines"] = [_shortened(line) for line in answer["lines"]]
    return answer


def _shortened(line: dict[str, Any]) -> dict[str, Any]:
    line.pop(RAW, None)
    original = line.get(ORIGINAL)
    if isinstance(original, str) and len(original) > SHOWN_CHARACTERS:
        line |= {ORIGINAL: original[:SHOWN_CHARACTERS], "cut": True}
    return line
