"""
One day of a real system of 27 pods, as its log files; not part of this repository.

The archive is looked for at $CLEW_TRAINTICKET, then beside the checkout. What every trace's lines
are is worked out here from the files alone, without any of clew's code.
"""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import zstandard

from tests.support.components import missing

_BESIDE = Path(__file__).parents[3] / "shared" / "data" / "trainticket-2023-01-29.tar.zst"
_TRACE = re.compile(r"TraceID: ([0-9a-f]{32}) ")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands, and whose it is."""

    path: str
    offset: int
    service: str
    pod: str


@dataclass(frozen=True, slots=True)
class TrainTicket:
    tree: Path
    files: int
    lines: int
    size_bytes: int
    traces: dict[str, set[Place]]


def find_archive() -> Path | None:
    archive = Path(os.environ.get("CLEW_TRAINTICKET", _BESIDE))
    return archive if archive.is_file() else None


def unpack(folder: Path) -> TrainTicket:
    """The logs as a tree of nodes in `folder`, or the end of the test that needs them."""
    archive = find_archive()
    if archive is None:
        missing(f"the train-ticket data ({_BESIDE.name})", "name the file in CLEW_TRAINTICKET")
    with archive.open("rb") as packed:
        raw = zstandard.ZstdDecompressor().stream_reader(packed).readall()
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        tar.extractall(folder, filter="data")
    return read(folder)


def read(tree: Path) -> TrainTicket:
    """What a tree of Docker logs holds."""
    traces: dict[str, set[Place]] = defaultdict(set)
    files = sorted(tree.rglob("*.log"))
    lines = size_bytes = 0
    for file in files:
        pod = file.parent.parent.name.split("_")[1]
        service = "-".join(pod.split("-")[:-2])
        offset = 0
        with file.open("rb") as opened:
            for line in opened:
                trace = _TRACE.search(json.loads(line)["log"])
                assert trace is not None
                traces[trace[1]].add(Place(str(file), offset, service, pod))
                offset += len(line)
                lines += 1
        size_bytes += offset
    return TrainTicket(tree, len(files), lines, size_bytes, dict(traces))
