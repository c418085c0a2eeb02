"""
The trees of log files that agents are measured with, made once and kept in a folder.

They lie as a kubelet lays them, `<namespace>_<pod>_<uid>/<container>/<restart>.log`, several pods
each; the folder is $CLEW_BENCH_CACHE, or `.cache/bench` of the checkout. A tree that is there is
whole: it is made beside its place, and then renamed.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bench.inputs import alias_lines, canonical_lines, cri_line
from tests.support import trainticket

_CHECKOUT = Path(__file__).parents[2]
_SERVICES = ("gateway", "order", "payment", "stock", "shipping")
_REPLICAS = 2
_VERSION = 1
"""To be raised with every change of what is made here: what is kept is of another version then."""


class Format(Enum):
    """What the runtime writes around a line."""

    CRI = "cri"
    DOCKER = "docker"


class Dialect(Enum):
    """What the application writes."""

    CANONICAL = "canonical"
    ALIASES = "aliases"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class LogTree:
    folder: Path
    format: Format
    dialect: Dialect
    lines: int
    size_bytes: int


def canonical_tree(lines: int) -> LogTree:
    """Lines that obey the schema, about 475 bytes each, in the files of ten pods."""
    return _invented(lines, Dialect.CANONICAL, _wide_lines)


def _wide_lines(count: int) -> Iterator[tuple[int, bytes]]:
    for time, line in canonical_lines(count):
        yield time, line[:-1] + b',"event.dataset":"shop","service.version":"1.4"}'


def alias_tree(lines: int) -> LogTree:
    """The same records, as pino and as logstash-logback-encoder write them."""
    return _invented(lines, Dialect.ALIASES, alias_lines)


def trainticket_tree(copies: int) -> LogTree | None:
    """The day of train-ticket so many times over, as restarts of its containers; None without."""
    if trainticket.find_archive() is None:
        return None

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory(dir=folder.parent) as unpacked:
            for file in sorted(trainticket.unpack(Path(unpacked)).tree.rglob("*.log")):
                container = folder / file.parent.parent.name / file.parent.name
                container.mkdir(parents=True)
                for number in range(copies):
                    shutil.copyfile(file, container / f"{number}.log")

    return _kept(f"trainticket-{copies}", Format.DOCKER, Dialect.TEXT, fill)


def cache_folder() -> Path:
    return Path(os.environ.get("CLEW_BENCH_CACHE", _CHECKOUT / ".cache" / "bench"))


def pods(tree: Path) -> Iterator[tuple[str, str, str]]:
    """Namespace, name and UID of each pod."""
    for folder in sorted(tree.iterdir()):
        namespace, pod, uid = folder.name.split("_")
        yield namespace, pod, uid


def pod_folder(tree: Path, service: str, number: int) -> Path:
    """The folder of a container, made if need be."""
    uid = f"{number:08x}-2222-3333-4444-{sum(service.encode()):012x}"
    folder = tree / f"shop_{service}-5d8f9c7b6-x{number:04}_{uid}" / service
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _invented(
    count: int, dialect: Dialect, lines: Callable[[int], Iterator[tuple[int, bytes]]]
) -> LogTree:
    def fill(folder: Path) -> None:
        files = [
            (pod_folder(folder, service, number) / "0.log").open("wb")
            for service in _SERVICES
            for number in range(_REPLICAS)
        ]
        for number, (time, line) in enumerate(lines(count)):
            # A dozen lines of one transaction, then the next: each pod has lines of each.
            files[number % len(files)].write(cri_line(time, line))
        for file in files:
            file.close()

    return _kept(f"{dialect.value}-{count}", Format.CRI, dialect, fill)


def _kept(name: str, form: Format, dialect: Dialect, fill: Callable[[Path], None]) -> LogTree:
    cache = cache_folder()
    place = cache / f"{name}-{_VERSION}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as fresh:
            tree = Path(fresh, "new", "pods")
            tree.mkdir(parents=True)
            fill(tree)
            (tree.parent / "counts.json").write_text(json.dumps(_count(tree)))
            tree.parent.rename(place)
    counts = json.loads((place / "counts.json").read_text())
    return LogTree(place / "pods", form, dialect, counts["lines"], counts["bytes"])


def _count(tree: Path) -> dict[str, int]:
    contents = (file.read_bytes() for file in tree.rglob("*.log"))
    counts = [(content.count(b"\n"), len(content)) for content in contents]
    return {"lines": sum(n for n, _ in counts), "bytes": sum(size for _, size in counts)}


def warm(tree: Path) -> None:
    """Read everything once, so that it is measured from the page cache."""
    for file in tree.rglob("*.log"):
        with file.open("rb") as opened:
            while opened.read(1024 * 1024):
                pass
