"""
Mistakes in a policy file that no single setting shows: names that lead nowhere.

Works on what somebody wrote, whatever that is, so that these mistakes are told together with those
that the model finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from pydantic import BaseModel

from clew.schema.policy.model import (
    DialectModel,
    PolicyFile,
    RuleModel,
    SchemaModel,
    TransactionModel,
)
from clew.schema.policy.names import did_you_mean

_PARTS: tuple[tuple[re.Pattern[str], type[BaseModel]], ...] = (
    (re.compile(r""), PolicyFile),
    (re.compile(r"transaction"), TransactionModel),
    (re.compile(r"schemas\..+|rules\.\d+\.schema"), SchemaModel),
    (re.compile(r"rules\.\d+"), RuleModel),
    (re.compile(r"dialects\.\d+"), DialectModel),
)
_TAG = re.compile(r"(?<=\.schema)\.(?:inline|named)\b")


class Mistake(NamedTuple):
    path: str
    message: str
    value: str


def unknown_schemas(document: Mapping[str, Any]) -> Iterator[Mistake]:
    """Rules that name a schema which is not there."""
    schemas, rules = document.get("schemas"), document.get("rules")
    known = [each for each in schemas if isinstance(each, str)] if _is_map(schemas) else []
    for number, rule in enumerate(rules if isinstance(rules, list) else []):
        name = rule.get("schema") if _is_map(rule) else None
        if isinstance(name, str) and name and name not in known:
            among = f"; there are {', '.join(known)}" if known else "; there are none"
            hint = did_you_mean(name, known) or among
            yield Mistake(f"rules.{number}.schema", f"no such schema{hint}", name)


def place_of(path: str) -> str:
    """A place as the file has it, out of what pydantic calls it."""
    return _TAG.sub("", path).removesuffix(".[key]")


def hint_for(path: str) -> str:
    """Which setting may have been meant by one that there is not."""
    parent, _, name = path.rpartition(".")
    for pattern, model in _PARTS:
        if pattern.fullmatch(parent):
            settings = [field.alias or each for each, field in model.model_fields.items()]
            return did_you_mean(name, settings)
    return ""


def _is_map(found: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(found, Mapping)
