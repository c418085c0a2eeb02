"""docs/configuration.md: every setting, as the models of the sections describe it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from agent.config import AgentConfig
from clew.runtime.config import Section
from collector.config import CollectorConfig
from query.config import QueryConfig
from scripts.pages.tables import table

SECTIONS: dict[str, type[Section]] = {
    "agent": AgentConfig,
    "collector": CollectorConfig,
    "query": QueryConfig,
}

_HEAD = """\
# Configuration

One YAML file with a section for each process; a process reads its own. Every setting has a default,
unless the table says that it is required. `clew config check FILE` names all mistakes of a file at
once. This page is generated from the `config.py` of each process by `make docs`.
"""

_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}

Schema = dict[str, Any]


class Setting(NamedTuple):
    path: str
    kind: str
    default: str
    meaning: str


def configuration_page() -> str:
    lines = [_HEAD]
    for section, model in SECTIONS.items():
        schema = model.model_json_schema()
        rows = ((f"`{s.path}`", s.kind, s.default, s.meaning) for s in settings(section, schema))
        lines += [f"## {section}", ""]
        lines += table(("setting", "type", "default", "meaning"), rows)
        lines.append("")
    return "\n".join(lines)


def settings(section: str, schema: Schema) -> Iterator[Setting]:
    """The settings of a section's JSON Schema, those of nested models by their dotted paths.

    Those of the models in a list have `[]` in their path.
    """
    return _settings(section, schema, schema.get("$defs", {}))


def _settings(prefix: str, schema: Schema, models: dict[str, Schema]) -> Iterator[Setting]:
    required = schema.get("required", [])
    for name, stated in schema["properties"].items():
        path, described = f"{prefix}.{name}", stated
        listed = described.get("items", {})
        if "$ref" in listed:
            described = stated | {"items": models[_name(listed)]}
            if "properties" in described["items"]:
                yield from _settings(f"{path}[]", described["items"], models)
                continue
        nested = [models[branch] for branch in _references(described)]
        objects = [model for model in nested if "properties" in model]
        for model in objects:
            yield from _settings(path, model, models)
        if not objects:
            resolved = described | (nested[0] if nested else {})
            meaning = described.get("description", "") + _limits(described)
            yield Setting(path, _kind(resolved), _default(described, name in required), meaning)


def _references(described: Schema) -> list[str]:
    """Names of the models that a property can be."""
    branches = [described, *described.get("anyOf", []), *described.get("oneOf", [])]
    return [_name(branch) for branch in branches if "$ref" in branch]


def _name(reference: Schema) -> str:
    """The model that a reference is to."""
    return str(reference["$ref"]).rpartition("/")[2]


def _kind(described: Schema) -> str:
    if "anyOf" in described:
        return " or ".join(_kind(branch) for branch in described["anyOf"])
    if "enum" in described:
        return " or ".join(f"`{value}`" for value in described["enum"])
    if "const" in described:
        return f"`{described['const']}`"
    return _kind_by_type(described)


def _kind_by_type(described: Schema) -> str:
    if described["type"] == "array":
        return f"list of {_kind(described['items'])}"
    if described["type"] == "null":
        return "nothing"
    if "additionalProperties" in described:
        return f"mapping to {_kind(described['additionalProperties'])}"
    return str(described.get("format", described["type"]))


def _limits(described: Schema) -> str:
    limits = [f"{words} {described[key]}" for key, words in _LIMITS.items() if key in described]
    return f" ({', '.join(limits)})" if limits else ""


def _default(described: Schema, required: bool) -> str:
    if required:
        return "required"
    if "default" not in described:
        return "by the machine"
    value = described["default"]
    if value in (None, "", [], {}):
        return "nothing"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"
