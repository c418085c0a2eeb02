"""
Rule files, in the format of Prometheus, with one kind of rule more.

    groups:
      - name: shop
        interval: 15s
        rules:
          - alert: PaymentFails
            log:
              query: service:payment level>=error
              window: 5m
              more_than: 3
              by: [service]
            for: 1m
            labels: {severity: page}
            annotations:
              summary: "{{ $labels.service_name }}: {{ $value }} errors in 5 minutes"

A rule has `expr`, which is PromQL over metric samples, or `log`, which counts lines. Everything
else means what it means there:
https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
"""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from clew.promql.expression import ExpressionError
from clew.promql.expression import parse as parse_expression
from clew.rules.durations import Duration
from clew.rules.templates import TemplateError, parse_template
from clew.schema.fields import LABEL_FIELDS, FieldType
from clew.schema.timestamps import SECOND
from clew.search.conditions import ALIASES
from clew.search.errors import SearchError
from clew.search.evaluation import field_type
from clew.search.parsing import parse

ALERT_NAME = "alertname"

_LABEL_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NOT_IN_LABEL_NAMES = re.compile(r"[^A-Za-z0-9_]")


class _Closed(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        coerce_numbers_to_str=True,  # as Prometheus takes `severity: 1`
    )


def _is_template(text: str) -> str:
    try:
        parse_template(text)
    except TemplateError as error:
        raise ValueError(str(error)) from error
    return text


def _is_query(text: str) -> str:
    try:
        parse(text)
    except SearchError as error:
        raise ValueError(str(error)) from error
    return text


def _is_expression(text: str) -> str:
    try:
        parse_expression(text)
    except ExpressionError as error:
        raise ValueError(str(error)) from error
    return text


def _is_grouping_field(name: str) -> str:
    """The one field that a name stands for, if lines can be told apart by it."""
    field = ALIASES.get(name, (name,))[0]
    if field_type(field) not in {FieldType.KEYWORD, FieldType.LABELS} or field in LABEL_FIELDS:
        raise ValueError("a field with whole values was expected, such as service.name or labels.x")
    return field


_Text = Annotated[str, AfterValidator(_is_template)]
_GroupingField = Annotated[str, AfterValidator(_is_grouping_field)]


MOST_VALUES = 1_000
"""Of more values of one field the rarest are left out; more different ones are not counted."""


class LogCondition(_Closed):
    """More than so many lines that match a query, within a window that ends at the evaluation."""

    query: Annotated[str, AfterValidator(_is_query)] = Field(
        description="In the search language; quarantined lines are searched too."
    )
    window: Duration = Field(description="How far back lines are counted, by @timestamp.")
    more_than: int = Field(default=0, ge=0, description="An alert is a count above this.")
    by: list[_GroupingField] = Field(
        default=[], description="Fields: each combination of their values is an alert of its own."
    )
    distinct: _GroupingField | None = Field(
        default=None, description="Count the values of this field, and not lines."
    )

    @field_validator("by")
    @classmethod
    def _labels_differ(cls, by: list[str]) -> list[str]:
        labels = [label_of(field) for field in by]
        for field, label in zip(by, labels, strict=True):
            if labels.count(label) > 1 or label == ALERT_NAME:
                raise ValueError(f"{field}: another field is the label {label!r} as well")
        return by

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.distinct is not None and self.more_than >= MOST_VALUES:
            raise ValueError(f"`more_than` can be less than {MOST_VALUES:,} where `distinct` is")
        return self

    @field_validator("window")
    @classmethod
    def _some_time(cls, window: int) -> int:
        if window < SECOND:
            raise ValueError("a window of at least 1s was expected")
        return window


class Rule(_Closed):
    alert: str = Field(min_length=1, max_length=256)
    expr: Annotated[str, AfterValidator(_is_expression)] | None = None
    log: LogCondition | None = None
    for_: Duration = Field(default=0, alias="for")
    keep_firing_for: Duration = 0
    labels: dict[str, _Text] = {}
    annotations: dict[str, _Text] = {}

    @model_validator(mode="before")
    @classmethod
    def _no_recording_rule(cls, rule: object) -> object:
        if isinstance(rule, dict) and "record" in rule:
            raise ValueError("recording rules are for a Prometheus: clew evaluates alerts only")
        return rule

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if (self.expr is None) == (self.log is None):
            raise ValueError("either `expr` or `log` was expected")
        return self

    @field_validator("labels", "annotations")
    @classmethod
    def _names(cls, named: dict[str, str]) -> dict[str, str]:
        for name in named:
            if _LABEL_NAME.fullmatch(name) is None or name in {ALERT_NAME, "__name__"}:
                raise ValueError(f"{name!r} can't be the name of a label or an annotation")
        return named


class Group(_Closed):
    """Rules that are evaluated together, one after the other, at the same moments."""

    name: str = Field(min_length=1)
    interval: Duration | None = None
    query_offset: Duration = 0
    limit: int = Field(default=0, ge=0)
    labels: dict[str, _Text] = {}
    rules: list[Rule]

    @field_validator("interval")
    @classmethod
    def _some_time(cls, interval: int | None) -> int | None:
        if interval is not None and interval < SECOND:
            raise ValueError("an interval of at least 1s was expected")
        return interval

    @model_validator(mode="after")
    def _rules_differ(self) -> Self:
        seen = set()
        for rule in self.rules:
            key = rule.model_dump_json()
            if key in seen:
                raise ValueError(f"the rule {rule.alert!r} stands twice in group {self.name!r}")
            seen.add(key)
        return self


class RuleFile(_Closed):
    groups: list[Group]

    @field_validator("groups")
    @classmethod
    def _names_differ(cls, groups: list[Group]) -> list[Group]:
        names = [group.name for group in groups]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two groups are called {name!r}")
        return groups


def label_of(field: str) -> str:
    """The label that holds a field's value: `service_name` for `service.name`."""
    label = _NOT_IN_LABEL_NAMES.sub("_", field.removeprefix("labels."))
    return f"_{label}" if label[0].isdigit() else label
