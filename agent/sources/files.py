"""
Plain log files wherever they lie, by patterns.

    /var/log/shop/*.log     /srv/*/logs/**/app.log

A pattern names live files; their rotated ones are found beside them (`agent.sources.rotated`),
whether or not the pattern would match them. `*`, `?` and `[...]` stand for a part of one name, `**`
for any number of folders. Files lie beneath the folder that a pattern begins with, up to its first
such sign. A file that several patterns match belongs to the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import NamedTuple

from agent.sources.listed import Listed
from agent.sources.log_file import Layout, LogFile
from agent.sources.rotated import LIVE, Order, is_log, parse_rotated
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.labels import Labels, bounded_labels
from clew.wire.batch import Container

NAMESPACE = "files"
"""Of files for which no namespace is configured."""

_MAGIC = re.compile(r"[*?[]")


@dataclass(frozen=True, slots=True)
class Group:
    """Files that belong together, and what is to be said of them."""

    paths: Sequence[str]
    exclude: Sequence[str] = ()
    service: str = ""
    namespace: str = NAMESPACE
    labels: Labels = ()


class _Pattern(NamedTuple):
    """The folder that a pattern begins with, and what each part of it stands for; None is `**`."""

    root: str
    parts: list[re.Pattern[str] | None]
    group: Group
    exclude: list[re.Pattern[str]]


class _Known(NamedTuple):
    """What a folder had; good as long as `names` is the list that it has."""

    names: list[str]
    files: list[LogFile]


class Files(Listed):
    """The files that some patterns name."""

    def __init__(
        self, groups: Sequence[Group], node: str, cluster: str = "", clock: Clock = SYSTEM_CLOCK
    ) -> None:
        super().__init__(clock)
        self._patterns = [_parse(path, group) for group in groups for path in group.paths]
        self._node, self._cluster = node, cluster
        self._before: dict[tuple[str, int], _Known] = {}
        self._known: dict[tuple[str, int], _Known] = {}

    def files(self) -> Iterator[LogFile]:
        """Every log file there is now, the rotated ones of a file before the live one."""
        self._listing.begin()
        self._before, self._known = self._known, {}
        given: set[str] = set()
        for place, pattern in enumerate(self._patterns):
            self._listing.root_names(pattern.root)
            for folder in self._folders(pattern.root, pattern.parts[:-1]):
                for file in self._in_folder(folder, place):
                    if file.path not in given:
                        given.add(file.path)
                        yield file

    def covers(self, path: str) -> bool:
        """Whether a path is one that a pattern names, or a rotated file of one."""
        folder, _, name = path.rpartition("/")
        for pattern in self._patterns:
            if f"{folder}/".startswith(f"{pattern.root}/"):
                inner = folder[len(pattern.root) + 1 :]
                parts = inner.split("/") if inner else []
                named = _matches(parts, pattern.parts[:-1])
                if named and _place(name, folder, pattern) is not None:
                    return True
        return False

    def _folders(self, folder: str, parts: list[re.Pattern[str] | None]) -> Iterator[str]:
        """The folders in which a pattern's last part is looked for."""
        if not parts:
            yield folder
            return
        first, *rest = parts
        if first is None:
            yield from self._folders(folder, rest)
        for name in self._listing.names(folder):
            if first is None:
                # A link to a folder above would lead round for ever, or as far as names go.
                if self._listing.is_folder(f"{folder}/{name}"):
                    yield from self._folders(f"{folder}/{name}", parts)
            elif first.fullmatch(name):
                yield from self._folders(f"{folder}/{name}", rest)

    def _in_folder(self, folder: str, place: int) -> list[LogFile]:
        names = self._listing.names(folder)
        known = self._before.get((folder, place))
        if known is None or known.names is not names:
            known = _Known(names, self._build(folder, names, self._patterns[place]))
        self._known[folder, place] = known
        return known.files

    def _build(self, folder: str, names: list[str], pattern: _Pattern) -> list[LogFile]:
        containers: dict[str, Container] = {}
        found: list[tuple[str, Order, LogFile]] = []
        there = set(names)
        for name in names:
            placed = _place(name, folder, pattern) if is_log(name, there) else None
            if placed is None or self._listing.is_folder(f"{folder}/{name}"):
                continue
            live, order = placed
            if live not in containers:
                containers[live] = self._container(live, pattern.group)
            file = LogFile(
                f"{folder}/{name}",
                containers[live],
                name.endswith(".gz"),
                pattern.root,
                layout=Layout.PLAIN,
                key=f"files/{self._node}{folder}/{live}",
                rotated=order != LIVE,
            )
            found.append((live, order, file))
        return [file for *_, file in sorted(found, key=lambda entry: entry[:2])]

    def _container(self, live: str, group: Group) -> Container:
        return Container(
            namespace=group.namespace,
            pod=self._node,
            uid="",
            name=live.removesuffix(".log"),
            restart=0,
            node=self._node,
            workload="",
            cluster=self._cluster,
            labels=bounded_labels(group.labels),
            service=group.service,
        )


def _parse(path: str, group: Group) -> _Pattern:
    parts = path.split("/")
    fixed = next((n for n, part in enumerate(parts) if _MAGIC.search(part)), len(parts) - 1)
    fixed = min(fixed, len(parts) - 1)
    compiled = [None if part == "**" else _compile(part) for part in parts[fixed:]]
    exclude = [_compile(each) for each in group.exclude]
    return _Pattern("/".join(parts[:fixed]), compiled, group, exclude)


def _compile(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))


def _matches(names: list[str], parts: list[re.Pattern[str] | None]) -> bool:
    if not parts:
        return not names
    if parts[0] is None:
        return any(_matches(names[skipped:], parts[1:]) for skipped in range(len(names) + 1))
    return bool(names) and bool(parts[0].fullmatch(names[0])) and _matches(names[1:], parts[1:])


def _place(name: str, folder: str, pattern: _Pattern) -> tuple[str, Order] | None:
    """The live file that a name belongs to and its place among the rotated ones, if it is one."""
    last = pattern.parts[-1]
    assert last is not None
    if any(each.fullmatch(f"{folder}/{name}") or each.fullmatch(name) for each in pattern.exclude):
        return None
    rotated = parse_rotated(name)
    if rotated is not None and last.fullmatch(rotated.live):
        return rotated.live, rotated.order
    if not last.fullmatch(name):
        return None
    compressed = name.endswith(".gz")
    return name.removesuffix(".gz"), (1, (0,)) if compressed else LIVE
