"""What pages and API can be told about conformance, and the shapes of the answers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from clew.answers.conformance import Period
from clew.answers.nodes import DAY
from query.models import FoundLine
from query.questions import BadParameterError, time_given

LONGEST = 366 * DAY

Sort = Literal[
    "offending", "service", "lines", "canonical", "translated", "quarantined", "trace", "change"
]


class ConformanceParameters(BaseModel):
    """Which time; as in `clew.search.times`. It is told against the same time before it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: str = Field(default="", description="From this time on; a day before its end if empty.")
    until: str = Field(default="", description="Before this time; now if empty.")
    namespace: str = Field(default="", description="Lines of this namespace only.")

    def period(self, now: int) -> Period:
        """Raises BadParameterError."""
        given = time_given("until", self.until, now)
        until = now if given is None else given
        given = time_given("since", self.since, now)
        since = max(0, until - DAY) if given is None else given
        if not since < until:
            raise BadParameterError("since: is not before the end of the time")
        if until - since > LONGEST:
            raise BadParameterError(f"since: a time of at most {LONGEST // DAY} days, please")
        return Period(since, until)


class BoardParameters(ConformanceParameters):
    sort: Sort = Field(default="offending", description="What the list is sorted by.")


class CountsAnswer(BaseModel):
    """Lines of one kind each. canonical, translated and quarantined are all of them."""

    lines: int
    canonical: int
    translated: int
    quarantined: int
    violating: int = Field(description="In the logs, with something that the policy found wanting.")
    with_trace: int
    with_transaction: int


class ServiceAnswer(CountsAnswer):
    service: str
    dialects: dict[str, int] = Field(description="Translated lines by their dialects.")
    reasons: dict[str, int] = Field(description="Quarantined lines by reason.")
    fields: dict[str, int] = Field(description="Quarantined lines by the field at fault.")
    violations: dict[str, int] = Field(description="Lines by `reason:field`.")
    before: CountsAnswer = Field(description="The same of the time before.")


class ScoreboardAnswer(BaseModel):
    since: str
    until: str
    services: list[ServiceAnswer] = Field(
        description="Those with a line in this time, most offending first."
    )
    cut: bool = Field(description="There are more services than are told of.")


class StepAnswer(CountsAnswer):
    start: str


class OffenderAnswer(BaseModel):
    name: str
    lines: int
    what: str = Field(description="The violation or the reason of its newest line.")
    sample: FoundLine | None


class RemedyAnswer(BaseModel):
    reason: str
    lines: int
    remedy: str


class ServiceCourseAnswer(ServiceAnswer):
    since: str
    until: str
    interval_nanoseconds: int
    course: list[StepAnswer] = Field(description="Steps without a line are left out.")
    offending_loggers: list[OffenderAnswer]
    offending_fields: list[OffenderAnswer]
    remedies: list[RemedyAnswer]
