"""
The policy of one container, asked about one record.

Keeps true: asking neither changes anything nor raises, whatever stands in a record. What is said of
a record depends on it and on the container alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter

from msgspec import UNSET, UnsetType

from clew.schema.dialects.preferred import Preferred
from clew.schema.fields import TRANSACTION
from clew.schema.identifiers import span_like
from clew.schema.policy.names import FieldOf
from clew.schema.policy.rules import Ids, Mode, Rule, Schema
from clew.schema.record import ID_CHARACTERS, Record
from clew.schema.rejection import Reason, Rejection

Text = str | UnsetType
Pair = tuple[Text, Text]
_SCHEMAS_KEPT = 8192
"""Pairs of service and logger; a program has some hundred loggers."""
_DETAIL_CHARACTERS = 128

pair_of = attrgetter("service", "logger")
"""What a rule asks of a record."""


class Schemas(dict[Pair, Schema]):
    """Which schema holds for lines of a service and a logger, unset where a line does not say."""

    def __init__(self, service: str, rules: Sequence[Rule], otherwise: Schema) -> None:
        super().__init__()
        self._service, self._rules, self._otherwise = service, rules, otherwise

    def __missing__(self, pair: Pair) -> Schema:
        if len(self) >= _SCHEMAS_KEPT:
            self.clear()
        service, logger = pair
        names = service or self._service, logger or ""  # what is unset is false
        found = (rule.schema for rule in self._rules if rule.matches(*names))
        schema = self[pair] = next(found, self._otherwise)
        return schema


class Enforcer:
    """
    One for each container. `only` is the schema of all its lines, where they all have the same.

    `schemas` has the schema of a line by its service and logger; `refused` is the mode for lines
    that are no records. `looks`: anything is asked about those that are. `preferred` is what its
    lines are read as first.
    """

    __slots__ = ("ids", "looks", "only", "preferred", "refused", "schemas")

    def __init__(
        self,
        service: str,
        rules: Sequence[Rule],
        otherwise: Schema,
        ids: Ids,
        preferred: Preferred | None = None,
    ) -> None:
        self.preferred = preferred
        self.schemas = Schemas(service, rules, otherwise)
        first = rules[0] if rules else None
        only = first.schema if first is not None and first.of_all else None
        self.only = otherwise if first is None else only
        self.ids = ids
        self.looks = ids.own or self.only is None or self.only.looks
        self.refused = self.schema_of((UNSET, UNSET)).mode

    def schema_of(self, pair: Pair) -> Schema:
        return self.only or self.schemas[pair]

    def transaction(self, record: Record) -> str:
        """The business transaction, for a policy that says where it is found; or nothing."""
        for field in self.ids.fields:
            value = field.of(record)
            if (
                isinstance(value, str)
                and len(value) <= ID_CHARACTERS
                and self._is_business(field, value)
            ):
                return value
        return ""

    def _is_business(self, field: FieldOf, value: str) -> bool:
        if field.name == "transaction.id" and span_like(value):
            return False
        return self.ids.is_id(value)

    def judge(
        self, record: Record, transaction: str, severity: int
    ) -> tuple[Mode, list[Rejection]]:
        """The mode that holds for a record, and what its schema finds wanting, if it looks."""
        schema = self.schema_of(pair_of(record))
        if not schema.looks:
            return schema.mode, []
        found = [*self._missing(schema, record, transaction)]
        if schema.levels and schema.levels[severity]:
            found.append(_level(schema, record))
        found += _too_long(schema, record)
        labels = 0 if record.labels is UNSET else len(record.labels)
        if schema.most_labels is not None and labels > schema.most_labels:
            detail = f"{labels} labels, the limit is {schema.most_labels}"
            found.append(Rejection(Reason.TOO_MANY_LABELS, "labels", detail))
        return schema.mode, found

    def _missing(self, schema: Schema, record: Record, transaction: str) -> Iterator[Rejection]:
        for field in schema.required:
            value = transaction if field.name == TRANSACTION else field.of(record)
            if value is UNSET or value == "":
                yield _missed(field.name, schema.name)
            elif field.is_id and isinstance(value, str) and not self.ids.is_id(value):
                detail = f"{value[:_DETAIL_CHARACTERS]!r} is no ID"
                yield Rejection(Reason.NOT_AN_ID, field.name, detail)


@lru_cache(maxsize=1024)  # where one line lacks a field, thousands do
def _missed(field: str, schema: str) -> Rejection:
    by = f"the schema {schema}" if schema else "the policy"
    return Rejection(Reason.MISSING_FIELD, field, f"required by {by}")


def _level(schema: Schema, record: Record) -> Rejection:
    level = "no level" if record.level is UNSET else repr(record.level[:_DETAIL_CHARACTERS])
    detail = f"{level}; allowed are {', '.join(schema.allowed)}"
    return Rejection(Reason.LEVEL_NOT_ALLOWED, "log.level", detail)


def _too_long(schema: Schema, record: Record) -> Iterator[Rejection]:
    for field, limit in schema.longest:
        value = field.of(record)
        size = _size(value) if isinstance(value, str) else 0
        if size > limit:
            detail = f"{size} bytes, the limit is {limit}"
            yield Rejection(Reason.FIELD_TOO_LONG, field.name, detail)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
