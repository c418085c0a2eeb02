"""
Run the demo shop for a number of orders, and read what it left on disk.

    run = run_shop_once(ShopConfig(logs=..., state=..., rate=20, orders=10, forced={3: "payment"}))
    run.orders        what became of each order: transaction, trace, outcome, failed_service
    run.lines         what the containers wrote, put together again from their pieces

Every order that was answered has all its lines on disk when the run is over.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from clew.demo.config import ShopConfig
from clew.demo.orders import Order, read_orders
from clew.demo.shop import run_shop
from tests.support.wheel import Installation

_RUN = """
import asyncio, pickle, sys
from clew.demo.shop import run_shop
asyncio.run(run_shop(pickle.load(sys.stdin.buffer)))
"""


@dataclass(frozen=True, slots=True)
class ContainerLine:
    """One line of a container. `finished` is false for the rest of a stream without a newline."""

    file: Path
    stream: str
    content: bytes
    pieces: int
    finished: bool

    @property
    def container(self) -> str:
        return self.file.parent.name

    @property
    def fields(self) -> dict[str, Any]:
        """The line's JSON object; empty where it is plain text."""
        if not self.content.startswith(b"{"):
            return {}
        fields: dict[str, Any] = json.loads(self.content)
        return fields


@dataclass(frozen=True)
class ShopRun:
    logs: Path
    state: Path

    @cached_property
    def orders(self) -> list[Order]:
        return read_orders(self.state)

    @cached_property
    def lines(self) -> list[ContainerLine]:
        """All lines of all containers, file by file; a file keeps its order."""
        files = sorted(self.logs.glob("*/*/*.log"))
        return [line for file in files for line in read_lines(file)]

    def lines_of(self, transaction: str | None) -> list[dict[str, Any]]:
        found = [line.fields for line in self.lines]
        return [fields for fields in found if fields.get("transaction.id") == transaction]


def run_shop_once(config: ShopConfig, installation: Installation | None = None) -> ShopRun:
    """Run the shop until its orders are answered; from the wheel where one is given."""
    assert config.orders is not None, "it would never end"
    if installation is None:
        asyncio.run(run_shop(config))
    else:
        subprocess.run(
            [installation.python, "-c", _RUN],
            input=pickle.dumps(config),
            cwd=installation.directory,
            env=installation.environment,
            timeout=100,
            check=True,
        )
    return ShopRun(config.logs, config.state)


def read_lines(file: Path) -> list[ContainerLine]:
    """The lines of one CRI file, in the order in which they were finished."""
    lines: list[ContainerLine] = []
    open_pieces: dict[str, list[bytes]] = {}
    for written in file.read_bytes().split(b"\n")[:-1]:
        _, stream, tag, content = written.split(b" ", 3)
        pieces = open_pieces.setdefault(stream.decode(), [])
        pieces.append(content)
        if tag == b"F":
            lines.append(_line(file, stream.decode(), pieces, finished=True))
            pieces.clear()
    rests = ((stream, pieces) for stream, pieces in open_pieces.items() if pieces)
    return lines + [_line(file, stream, pieces, finished=False) for stream, pieces in rests]


def _line(file: Path, stream: str, pieces: list[bytes], *, finished: bool) -> ContainerLine:
    return ContainerLine(file, stream, b"".join(pieces), len(pieces), finished)
