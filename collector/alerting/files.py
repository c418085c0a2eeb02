"""Rule files -> groups. All mistakes of all files at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from clew.rules.model import Group, RuleFile
from clew.runtime.config import Document, parse, validate
from clew.runtime.errors import ConfigError, Problem

_PLACE = re.compile(r"groups\.(\d+)(?:\.rules\.(\d+))?(?:\.(.+))?")
_SHIPPED = files("clew.rules") / "shipped"
SHIPPED = "shipped:"
"""What the name of a file that comes with clew begins with."""


class NamedGroup(NamedTuple):
    """A group and the file it stands in; both names together are unique."""

    file: str
    group: Group


def load_shipped() -> list[NamedGroup]:
    """The rules that come with clew."""
    texts = [
        (f"{SHIPPED}{entry.name}", entry.read_text(encoding="utf-8"))
        for entry in sorted(_SHIPPED.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    ]
    return [group for name, text in texts for group in read_groups(text, name)]


def load_files(patterns: Sequence[str]) -> list[NamedGroup]:
    """
    The groups of all files that the patterns name, as `*.yaml` does.

    Raises ConfigError with all mistakes of all files; a file without a wildcard in its name has to
    be there.
    """
    problems: list[Problem] = []
    groups: list[NamedGroup] = []
    for path in paths(patterns):
        try:
            groups += load_file(path)
        except ConfigError as error:
            problems += [_within(path, problem) for problem in error.problems]
    if problems:
        raise ConfigError(problems, "alert rules")
    return groups


def load_file(path: Path) -> list[NamedGroup]:
    """Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem("", f"can't be read: {error}")], str(path)) from error
    return read_groups(text, str(path))


def paths(patterns: Iterable[str]) -> list[Path]:
    """The files that patterns name, each once, in order; one without a wildcard names itself."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        if any(letter in path.name for letter in "*?["):
            found |= dict.fromkeys(sorted(path.parent.glob(path.name)))
        else:
            found[path] = None
    return list(found)


def read_groups(text: str, file: str) -> list[NamedGroup]:
    """Raises ConfigError."""
    document = parse(text, file)
    try:
        rules = validate(document, RuleFile, file)
    except ConfigError as error:
        raise ConfigError([_named(each, document) for each in error.problems], file) from error
    return [NamedGroup(file, group) for group in rules.groups]


def _named(problem: Problem, document: Document) -> Problem:
    """The problem of `groups.0.rules.3.for` as that of `group shop, alert Down: for`."""
    match = _PLACE.fullmatch(problem.path)
    if match is None:
        return problem
    group = _at(document.get("groups"), match[1])
    said = [f"group {group.get('name') or int(match[1]) + 1}"]
    if match[2]:
        rule = _at(group.get("rules"), match[2])
        said.append(f"alert {rule.get('alert') or int(match[2]) + 1}")
    place = ", ".join(said)
    return Problem(f"{place}: {match[3]}" if match[3] else place, problem.message, problem.value)


def _at(found: Any, index: str) -> Mapping[str, Any]:
    """The mapping at a place of a list, as far as what somebody wrote has one."""
    here = found[int(index)] if isinstance(found, list) and int(index) < len(found) else None
    return here if isinstance(here, dict) else {}


def _within(path: Path, problem: Problem) -> Problem:
    place = f"{path}: {problem.path}" if problem.path else str(path)
    return Problem(place, problem.message, problem.value)
