"""
What a pod asks of the agent, in its annotations.

    clew/exclude      "true", or containers: "sidecar, proxy"     its lines are not read
    clew/dialect      "pino", or "app=pino, sidecar=envoy"         what its lines are written in
    clew/schema       "strict", "report", or "app=strict"          what its lines have to have
    clew/rate-limit   "1000" lines or "1MiB" bytes in a second, or "app=1000, sidecar=64KiB"

A value without a name holds for every container that is not named. Whoever may create a pod writes
these, so they are input like any other: what can't be read, and what the policy does not let a
namespace ask for, is said once as a problem and otherwise as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from agent.shedding.rates import UNLIMITED, Rate, parse_rate

PREFIX = "clew/"
MOST_PROBLEMS = 10
"""An annotation may be 256 KiB of mistakes."""

_CONTAINER = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?", re.ASCII)
_YES_OR_NO = {"true": True, "false": False}

Value = TypeVar("Value")


class Annotation(StrEnum):
    """What may be asked for; the name behind the prefix."""

    EXCLUDE = "exclude"
    DIALECT = "dialect"
    SCHEMA = "schema"
    RATE_LIMIT = "rate-limit"


class ContainerWishes(NamedTuple):
    """What holds for one container; None where nothing was asked for."""

    exclude: bool = False
    dialect: str | None = None
    schema: str | None = None
    rate: Rate = UNLIMITED


@dataclass(frozen=True, slots=True)
class Wish(Generic[Value]):
    """One annotation: a value for the pod, and others for some of its containers."""

    of_pod: Value | None = None
    of_container: Mapping[str, Value] = field(default_factory=dict)

    def of(self, container: str, otherwise: Value) -> Value:
        found = self.of_container.get(container, self.of_pod)
        return otherwise if found is None else found


@dataclass(frozen=True, slots=True)
class PodWishes:
    """All annotations of a pod that are ours, can be read, and are allowed."""

    exclude: Wish[bool] = field(default_factory=Wish)
    dialect: Wish[str | None] = field(default_factory=Wish)
    schema: Wish[str | None] = field(default_factory=Wish)
    rate: Wish[Rate] = field(default_factory=Wish)

    def of(self, container: str) -> ContainerWishes:
        return ContainerWishes(
            exclude=self.exclude.of(container, False),
            dialect=self.dialect.of(container, None),
            schema=self.schema.of(container, None),
            rate=self.rate.of(container, UNLIMITED),
        )


NO_WISHES = PodWishes()


def parse_annotations(
    annotations: Mapping[str, str],
    *,
    allowed: Collection[Annotation],
    dialects: Collection[str] = (),
    schemas: Collection[str] = (),
    containers: Collection[str] = (),
) -> tuple[PodWishes, list[str]]:
    """
    What a pod asks for, and a sentence about each thing that is ignored.

    `dialects` and `schemas` are those there are, `containers` those the pod has; where none are
    given, any name will do.
    """
    reader = _Reader(annotations, allowed, containers)
    if not reader.asked:
        return NO_WISHES, []
    wishes = PodWishes(
        exclude=reader.read(Annotation.EXCLUDE, _parse_exclude, True),
        dialect=reader.read(Annotation.DIALECT, _one_of(dialects)),
        schema=reader.read(Annotation.SCHEMA, _one_of(schemas)),
        rate=reader.read(Annotation.RATE_LIMIT, parse_rate),
    )
    return wishes, reader.problems[:MOST_PROBLEMS]


class _Reader:
    """Reads one annotation after the other, and notes what is wrong."""

    def __init__(
        self,
        annotations: Mapping[str, str],
        allowed: Collection[Annotation],
        containers: Collection[str],
    ) -> None:
        own = {name: text for name, text in annotations.items() if name.startswith(PREFIX)}
        self.asked = {name.removeprefix(PREFIX): text for name, text in own.items()}
        self._allowed, self._containers = allowed, containers
        known = ", ".join(PREFIX + each for each in Annotation)
        self.problems = [
            f"{_shown(PREFIX + name)}: no such annotation; there are {known}"
            for name in self.asked
            if name not in set(Annotation)
        ]

    def read(
        self, name: Annotation, parse: Callable[[str], Value], named: Value | None = None
    ) -> Wish[Value]:
        """`named` is the value of a container that stands there without one."""
        text = self.asked.get(name)
        if text is None:
            return Wish()
        if name not in self._allowed:
            self._complain(name, "the configuration of the agent does not allow it here")
            return Wish()
        found: dict[str, Value] = {}
        for item in filter(None, map(str.strip, text.split(","))):
            try:
                container, value = self._item(item, parse, named)
                if container in found:
                    raise ValueError("stated more than once")  # noqa: TRY301  (said below)
                found[container] = value
            except ValueError as error:
                self._complain(name, f"{_shown(item)}: {error}")
        if not text.strip(" ,"):
            self._complain(name, "it is empty")
        return Wish(found.pop("", None), found)

    def _item(
        self, item: str, parse: Callable[[str], Value], named: Value | None
    ) -> tuple[str, Value]:
        """The container, empty for the pod, and the value. Raises ValueError."""
        name, equals, text = (part.strip() for part in item.partition("="))
        if equals:
            self._check(name)
            return name, parse(text)
        if named is not None and name not in _YES_OR_NO:
            self._check(name)
            return name, named
        return "", parse(name)

    def _check(self, container: str) -> None:
        if not _CONTAINER.fullmatch(container):
            raise ValueError("a container's name was expected")
        if self._containers and container not in self._containers:
            raise ValueError(f"the pod has no such container, but {', '.join(self._containers)}")

    def _complain(self, name: Annotation, problem: str) -> None:
        self.problems.append(f"{PREFIX}{name}: {problem}")


def _parse_exclude(text: str) -> bool:
    if text not in _YES_OR_NO:
        raise ValueError("true, false or names of containers were expected")
    return _YES_OR_NO[text]


def _one_of(names: Collection[str]) -> Callable[[str], str | None]:
    def parse(text: str) -> str | None:
        if names and text not in names:
            raise ValueError(f"one of {', '.join(names)} was expected")
        if not _NAME.fullmatch(text):
            raise ValueError("a name in small letters was expected")
        return text

    return parse


def _shown(text: str) -> str:
    """Anybody's text, fit for a line of our own log."""
    return repr(text[:60])
