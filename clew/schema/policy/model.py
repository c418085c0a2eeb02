r"""
Policy files.

    name: shop-2026-11                    # documents have it, with a checksum of what it says
    transaction:                          # where the business transaction of a line is found
      fields: [transaction.id, labels.transaction_id, labels.order_id]    # the first that has one
      not_ids: [unknown, "test-*"]        # no IDs, wherever one is looked for, beside `-`, `0`, ...
    schemas:
      strict:
        mode: enforce                     # or report, or off
        require: [trace.id, transaction.id]
        levels: [debug, info, warn, error]
        longest: {message: 8KiB, error.stack_trace: 64KiB}
        most_labels: 40
    rules:                                # the first that a line matches holds for it
      - namespaces: [shop]
        services: ["*"]
        except_loggers: ["startup.*"]
        schema: strict                    # or a schema itself, as above
      - namespaces: [legacy-*]
        mode: off
    dialects:                             # patterns for lines of text
      - name: legacy-billing
        namespaces: [billing]
        pattern: '(?P<time>\S+) (?P<level>[A-Z]+) \[(?P<trace_id>\w+)\] (?P<message>.*)'

For a line that no rule matches, the schema of a record alone holds, and is enforced.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from clew.schema.business import BUSINESS_LABELS
from clew.schema.expressions import compile_line
from clew.schema.line import DIALECTS
from clew.schema.policy.names import LABEL, REQUIRABLE, TEXTS, check_field, did_you_mean
from clew.schema.policy.patterns import ALL, PATTERN_CHARACTERS
from clew.schema.policy.rules import LEVELS, Mode
from clew.schema.record import LABELS
from clew.schema.sizes import parse_size

EXPRESSION_CHARACTERS = 4096
"""An expression of a screen or two; what needs more is better a dialect of clew's own."""
MOST_RULES = 1000
MOST_DIALECTS = 100

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?", re.ASCII)
_KUBERNETES_NAME = re.compile(r"[A-Za-z0-9._*?-]{1,253}", re.ASCII)
_TRANSACTION_FIELDS = ("transaction.id", *(LABEL + name for name in BUSINESS_LABELS))


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _is_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("1 to 63 of a-z, 0-9, `.`, `_` and `-` were expected, no sign at an end")
    return name


def _as_written(found: Any) -> Any:
    """YAML reads a bare `off` as false."""
    return Mode.OFF.value if found is False else found


def _is_schema_name(name: str) -> str:
    if name in set(Mode):
        raise ValueError("this is the name of a mode, and pods ask for either by name")
    return _is_name(name)


def _is_mode(found: Any) -> Any:
    mode = _as_written(found)
    if not isinstance(mode, str) or mode not in set(Mode):
        near = did_you_mean(mode, list(Mode)) if isinstance(mode, str) else ""
        raise ValueError(f"one of {', '.join(Mode)} was expected{near}")
    return mode


def _is_level(level: str) -> str:
    if level not in LEVELS:
        near = did_you_mean(level.lower(), list(LEVELS))
        raise ValueError(f"one of {', '.join(LEVELS)} was expected{near}")
    return level


def _is_required(name: str) -> str:
    return check_field(name, REQUIRABLE)


def _is_text_field(name: str) -> str:
    return check_field(name, TEXTS)


def _is_kubernetes_pattern(pattern: str) -> str:
    if not _KUBERNETES_NAME.fullmatch(pattern):
        raise ValueError("no name of Kubernetes looks like this; `*` and `?` may stand in it")
    return pattern


def _is_pattern(pattern: str) -> str:
    if not 0 < len(pattern) <= PATTERN_CHARACTERS or pattern.strip() != pattern:
        raise ValueError(
            f"1 to {PATTERN_CHARACTERS} characters were expected, without spaces around them"
        )
    return pattern


def _field_schema(known: Collection[str]) -> dict[str, Any]:
    """For editors."""
    label = {"pattern": rf"^{re.escape(LABEL)}.+$"}
    return {"type": "string", "anyOf": [{"enum": [*known]}, label]}


_Name = Annotated[str, AfterValidator(_is_name)]
_SchemaName = Annotated[str, BeforeValidator(_as_written), AfterValidator(_is_schema_name)]
_Mode = Annotated[
    Mode,
    BeforeValidator(_is_mode),
    WithJsonSchema({"enum": [*Mode, False]}),  # a bare `off`, as YAML reads it
]
_Level = Annotated[
    str, AfterValidator(_is_level), WithJsonSchema({"type": "string", "enum": [*LEVELS]})
]
_Required = Annotated[str, AfterValidator(_is_required), WithJsonSchema(_field_schema(REQUIRABLE))]
_TextField = Annotated[str, AfterValidator(_is_text_field), WithJsonSchema(_field_schema(TEXTS))]
_Pattern = Annotated[str, AfterValidator(_is_pattern)]
_KubernetesPatterns = Annotated[
    list[Annotated[str, AfterValidator(_is_kubernetes_pattern)]], Field(min_length=1)
]
_Patterns = Annotated[list[_Pattern], Field(min_length=1)]
_Size = Annotated[int, BeforeValidator(parse_size), WithJsonSchema({"type": ["integer", "string"]})]


class TransactionModel(_Closed):
    """Where the business transaction of a line is found, and what is no ID."""

    fields: list[_TextField] = Field(
        default=list(_TRANSACTION_FIELDS),
        min_length=1,
        max_length=20,
        description="The first of these that has an ID has it. A `transaction.id` that looks like "
        "a span's ID is a tracer's, and none.",
    )
    not_ids: list[_Pattern] = Field(
        default=[],
        max_length=100,
        description="Values that are no IDs either, in any case of letters; `*` and `?` may stand "
        "in them.",
    )


class SchemaModel(_Closed):
    """What lines have to have beside what the schema of a record asks of all."""

    mode: _Mode = Field(
        # Whoever writes a first policy should not lose sight of lines by a word left out.
        default=Mode.REPORT,
        description="`enforce`: what violates it goes to quarantine; `report`: it is indexed with "
        "its violations; `off`: nobody looks.",
    )
    require: list[_Required] = Field(
        default=[], max_length=50, description="Fields that every line says itself."
    )
    levels: list[_Level] | None = Field(
        default=None,
        min_length=1,
        description="Levels that are allowed, each with what means the same.",
    )
    longest: dict[_TextField, _Size] = Field(
        default={}, description="Field -> how many bytes it may have at most."
    )
    most_labels: int | None = Field(
        default=None, ge=0, le=LABELS, description="How many labels a line may have."
    )


def _kind_of_schema(found: Any) -> str:
    return "inline" if isinstance(found, dict | SchemaModel) else "named"


_NamedSchema = Annotated[str, Field(min_length=1), Tag("named")]
_InlineSchema = Annotated[SchemaModel, Tag("inline")]


class RuleModel(_Closed):
    """Which schema holds for which lines; `*` and `?` may stand in all names."""

    namespaces: _KubernetesPatterns = Field(default=[ALL], description="Of pods.")
    services: _Patterns = Field(
        default=[ALL], description="As the line says, or else the container."
    )
    loggers: _Patterns = Field(
        default=[ALL], description="A line without a logger has an empty one, which `*` matches."
    )
    except_loggers: list[_Pattern] = Field(
        default=[], description="Lines of these are not the rule's: those behind it are asked."
    )
    schema_: Annotated[_NamedSchema | _InlineSchema, Discriminator(_kind_of_schema)] | None = Field(
        default=None, alias="schema", description="The name of a schema, or one in its place."
    )
    mode: _Mode | None = Field(default=None, description="Instead of the schema's own.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.schema_ is None and self.mode is None:
            raise ValueError("`schema` or `mode` was expected, or both")
        return self


class DialectModel(_Closed):
    """A pattern for lines of text that clew does not know by itself."""

    name: _Name = Field(description="Of those patterns; no dialect that comes with clew has it.")
    namespaces: _KubernetesPatterns = [ALL]
    services: _Patterns = [ALL]
    containers: _KubernetesPatterns = [ALL]
    pattern: str = Field(
        max_length=EXPRESSION_CHARACTERS,
        description="A regular expression of Python. What a named group matches goes to the field "
        "that loggers call so (`time`, `level`, `message`, `trace_id`), else to a label.",
    )

    @field_validator("name")
    @classmethod
    def _is_new(cls, name: str) -> str:
        if name in DIALECTS:
            raise ValueError("a dialect that comes with clew has this name")
        return name

    @field_validator("pattern")
    @classmethod
    def _has_groups(cls, pattern: str) -> str:
        if not compile_line(pattern).groupindex:
            raise ValueError("a group with a name was expected, such as (?P<message>.+)")
        return pattern


class PolicyFile(_Closed):
    """A policy."""

    name: _Name = Field(description="What documents have in `clew.policy`, with a checksum.")
    transaction: TransactionModel = TransactionModel()
    schemas: dict[_SchemaName, SchemaModel] = Field(
        default={}, max_length=100, description="By the names that rules and pods use."
    )
    rules: list[RuleModel] = Field(default=[], max_length=MOST_RULES)
    dialects: list[DialectModel] = Field(default=[], max_length=MOST_DIALECTS)

    @field_validator("dialects")
    @classmethod
    def _names_differ(cls, dialects: list[DialectModel]) -> list[DialectModel]:
        for name, count in Counter(dialect.name for dialect in dialects).items():
            if count > 1:
                raise ValueError(f"{count} dialects are called {name}")
        return dialects
