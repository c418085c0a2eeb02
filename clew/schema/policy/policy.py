"""
A policy as it is used: asked for the enforcer of each container.

Keeps true: the same lines under a policy of the same name become the same. A policy is never
changed; a new one takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from clew.schema.policy.enforcer import Enforcer
from clew.schema.policy.rules import NO_SCHEMA, Ids, Mode, Rule, Schema

_ENFORCERS_KEPT = 4096
"""Containers come and go; a node has a few hundred."""
_UNKNOWN = Enforcer("", [], NO_SCHEMA, Ids())


@dataclass(frozen=True, slots=True)
class Dialect:
    """A pattern for lines of text, as a policy has it."""

    name: str
    namespaces: re.Pattern[str]
    services: re.Pattern[str]
    containers: re.Pattern[str]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """`name` is that of the file, with a checksum of what the file says."""

    name: str = "built-in@1"
    ids: Ids = field(default_factory=Ids)
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    dialects: Sequence[Dialect] = ()
    _enforcers: dict[tuple[str, str, str], Enforcer | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def wishes(self) -> tuple[str, ...]:
        """What a pod may ask for: a schema, or a mode."""
        return (*self.schemas, *Mode)

    def enforcer(self, namespace: str, service: str, wish: str | None = None) -> Enforcer | None:
        """
        What judges the lines of a container; None where nothing but the schema of a record holds.

        `service` says who speaks where a line does not; `wish` is what the container's pod asks
        for, and counts more than the rules.
        """
        key = namespace, service, wish or ""
        known = self._enforcers.get(key, _UNKNOWN)
        if known is not _UNKNOWN:  # one look: another thread may clear them at any time
            return known
        if len(self._enforcers) >= _ENFORCERS_KEPT:
            self._enforcers.clear()
        found = self._enforcers[key] = self._build(namespace, service, wish)
        return found

    def _build(self, namespace: str, service: str, wish: str | None) -> Enforcer | None:
        rules = [rule for rule in self.rules if rule.namespaces.match(namespace)]
        otherwise = NO_SCHEMA
        if wish is not None and wish in self.schemas:
            rules, otherwise = [], self.schemas[wish]
        elif wish is not None and wish in set(Mode):
            mode = Mode(wish)
            rules = [replace(rule, schema=rule.schema.in_mode(mode)) for rule in rules]
            otherwise = otherwise.in_mode(mode)
        if not rules and otherwise == NO_SCHEMA and not self.ids.own:
            return None
        return Enforcer(service, rules, otherwise, self.ids)


BUILT_IN = Policy()
"""What holds without a policy file: the schema of a record."""
