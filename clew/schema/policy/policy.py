"""
A policy as it is used: asked for the enforcer of each container.

Keeps true: the same lines under a policy of the same name become the same. A policy is never
changed; a new one takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from clew.schema.dialects.preferred import NAMES, Preferred, joined, prefer
from clew.schema.dialects.text_dialect import TextDialect
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
    read: TextDialect

    def is_for(self, namespace: str, service: str, container: str) -> bool:
        names = (self.namespaces, namespace), (self.services, service), (self.containers, container)
        return all(pattern.match(name) for pattern, name in names)


@dataclass(frozen=True, slots=True)
class Policy:
    """`name` is that of the file, with a checksum of what the file says."""

    name: str = "built-in@1"
    ids: Ids = field(default_factory=Ids)
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    dialects: Sequence[Dialect] = ()
    _enforcers: dict[tuple[str, ...], Enforcer | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def wishes(self) -> tuple[str, ...]:
        """What a pod may ask for: a schema, or a mode."""
        return (*self.schemas, *Mode)

    @property
    def dialect_names(self) -> tuple[str, ...]:
        """What a pod may say that its lines are written in."""
        return (*NAMES, *(dialect.name for dialect in self.dialects))

    def enforcer(
        self,
        namespace: str,
        service: str,
        wish: str | None = None,
        container: str = "",
        dialect: str | None = None,
    ) -> Enforcer | None:
        """
        What judges the lines of a container; None where nothing but the schema of a record holds.

        `service` says who speaks where a line does not; `wish` is what the container's pod asks
        for, and counts more than the rules; `dialect` is what it says its lines are written in.
        """
        key = namespace, service, wish or "", container, dialect or ""
        known = self._enforcers.get(key, _UNKNOWN)
        if known is not _UNKNOWN:  # one look: another thread may clear them at any time
            return known
        if len(self._enforcers) >= _ENFORCERS_KEPT:
            self._enforcers.clear()
        preferred = self._prefer(namespace, service, container, dialect or "")
        found = self._enforcers[key] = self._build(namespace, service, wish, preferred)
        return found

    def _prefer(
        self, namespace: str, service: str, container: str, dialect: str
    ) -> Preferred | None:
        """The dialect that a pod names, then the policy's own that are for it."""
        own = [each for each in self.dialects if each.is_for(namespace, service, container)]
        named = [each for each in self.dialects if each.name == dialect]
        preferences = [Preferred(texts=(each.read,)) for each in [*named, *own]]
        if dialect in NAMES:
            preferences.insert(0, prefer(dialect))
        return joined(preferences)

    def _build(
        self, namespace: str, service: str, wish: str | None, preferred: Preferred | None
    ) -> Enforcer | None:
        rules = [rule for rule in self.rules if rule.namespaces.match(namespace)]
        otherwise = NO_SCHEMA
        if wish is not None and wish in self.schemas:
            rules, otherwise = [], self.schemas[wish]
        elif wish is not None and wish in set(Mode):
            mode = Mode(wish)
            rules = [replace(rule, schema=rule.schema.in_mode(mode)) for rule in rules]
            otherwise = otherwise.in_mode(mode)
        if not rules and otherwise == NO_SCHEMA and not self.ids.own and preferred is None:
            return None
        return Enforcer(service, rules, otherwise, self.ids, preferred)


BUILT_IN = Policy()
"""What holds without a policy file: the schema of a record."""
