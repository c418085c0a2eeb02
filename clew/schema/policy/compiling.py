"""A policy file that was found right -> a policy as it is used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import blake2b

from clew.schema.dialects.preferred import own_dialect
from clew.schema.expressions import compile_own
from clew.schema.policy.model import (
    DialectModel,
    PolicyFile,
    RuleModel,
    SchemaModel,
    TransactionModel,
)
from clew.schema.policy.names import field_of
from clew.schema.policy.patterns import ALL, compile_patterns
from clew.schema.policy.policy import Dialect, Policy
from clew.schema.policy.rules import LEVELS, NO_SCHEMA, Ids, Rule, Schema


def compile_policy(file: PolicyFile) -> Policy:
    """Every schema that a rule names has to be there; see `find_unknown_schemas`."""
    schemas = {name: _schema(name, model) for name, model in file.schemas.items()}
    return Policy(
        f"{file.name}@{checksum(file)}",
        _ids(file.transaction),
        schemas,
        tuple(_rule(model, schemas) for model in file.rules),
        tuple(map(_dialect, file.dialects)),
    )


def checksum(file: PolicyFile) -> str:
    """8 hexadecimal digits for what a file says, whatever its comments and order."""
    said = json.dumps(file.model_dump(mode="json"), sort_keys=True)
    return blake2b(said.encode(errors="surrogatepass"), digest_size=4).hexdigest()


def _ids(model: TransactionModel) -> Ids:
    # The same fields as without a policy are found by the quicker way there is for those.
    same = model.fields == TransactionModel().fields and not model.not_ids
    return Ids(
        () if same else tuple(map(field_of, model.fields)),
        compile_patterns(model.not_ids, re.IGNORECASE) if model.not_ids else None,
    )


def _schema(name: str, model: SchemaModel) -> Schema:
    return Schema(
        name,
        model.mode,
        tuple(map(field_of, model.require)),
        tuple(model.levels or ()),
        b"" if model.levels is None else _not_allowed(model.levels),
        tuple((field_of(field), size) for field, size in model.longest.items()),
        model.most_labels,
    )


def _not_allowed(levels: Iterable[str]) -> bytes:
    """A 1 for each number of a severity that none of these levels has, for `bytes.translate`."""
    allowed = {number for level in levels for number in LEVELS[level]}
    return bytes(number not in allowed for number in range(256))


def _rule(model: RuleModel, schemas: dict[str, Schema]) -> Rule:
    schema = NO_SCHEMA
    if isinstance(model.schema_, SchemaModel):
        schema = _schema("", model.schema_)
    elif model.schema_ is not None:
        schema = schemas[model.schema_]
    return Rule(
        compile_patterns(model.namespaces),
        compile_patterns(model.services),
        compile_patterns(model.loggers),
        compile_patterns(model.except_loggers),
        schema.in_mode(model.mode),
        ALL in model.services and ALL in model.loggers and not model.except_loggers,
    )


def _dialect(model: DialectModel) -> Dialect:
    return Dialect(
        model.name,
        compile_patterns(model.namespaces),
        compile_patterns(model.services),
        compile_patterns(model.containers),
        own_dialect(compile_own(model.pattern)),
    )
