"""What a policy is made of when it is used: schemas, rules, and what is an ID. Plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from clew.schema.identifiers import is_id
from clew.schema.policy.names import FieldOf

LEVELS: dict[str, range] = {
    "trace": range(1, 5),
    "debug": range(5, 9),
    "info": range(9, 13),
    "warn": range(13, 17),
    "error": range(17, 21),
    "fatal": range(21, 25),
    "unknown": range(1),
}
"""What a policy calls a level -> OpenTelemetry's numbers; `unknown` is no level, or an odd one."""


class Mode(StrEnum):
    ENFORCE = "enforce"  # what violates the schema goes to quarantine
    REPORT = "report"  # it is indexed, with its violations
    OFF = "off"  # nobody looks


@dataclass(frozen=True, slots=True)
class Schema:
    """What lines have to have. `levels`: 1 for each number of a severity that is not allowed."""

    name: str = ""
    mode: Mode = Mode.ENFORCE
    required: tuple[FieldOf, ...] = ()
    allowed: tuple[str, ...] = ()
    levels: bytes = b""
    longest: tuple[tuple[FieldOf, int], ...] = ()
    most_labels: int | None = None

    def in_mode(self, mode: Mode | None) -> Schema:
        return self if mode is None else replace(self, mode=mode)

    @property
    def looks(self) -> bool:
        """Whether anything is asked beyond the schema of a record, and somebody looks."""
        limits = self.longest or self.most_labels is not None
        asks = bool(self.required or self.levels or limits)
        return asks and self.mode is not Mode.OFF


NO_SCHEMA = Schema()
"""The schema of a record alone, enforced: what holds where no rule says anything."""


@dataclass(frozen=True, slots=True)
class Rule:
    namespaces: re.Pattern[str]
    services: re.Pattern[str]
    loggers: re.Pattern[str]
    except_loggers: re.Pattern[str]
    schema: Schema
    of_all: bool = False
    """Whether it matches whatever service and logger there is."""

    def matches(self, service: str, logger: str) -> bool:
        if self.of_all:
            return True
        if not self.services.match(service) or not self.loggers.match(logger):
            return False
        return self.except_loggers.match(logger) is None


@dataclass(frozen=True, slots=True)
class Ids:
    """
    Which values are IDs, and where the business transaction is found.

    Without `fields` it is found where it is without a policy.
    """

    fields: tuple[FieldOf, ...] = ()
    not_ids: re.Pattern[str] | None = None

    @property
    def own(self) -> bool:
        """Whether anything is another way than without a policy."""
        return bool(self.fields) or self.not_ids is not None

    def is_id(self, value: str) -> bool:
        return is_id(value) and self.may_be_id(value)

    def may_be_id(self, value: str) -> bool:
        """Whether the policy has nothing against it."""
        return self.not_ids is None or self.not_ids.match(value.strip()) is None
