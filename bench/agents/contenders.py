"""
Who is measured, and with which settings: clew's agent, and Fluent Bit.

Both keep their offsets on disk, send compressed with zstd, and lose nothing to a sink that is slow.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from bench.agents import fluent_bit
from bench.agents.measured import Measured
from bench.agents.sinking import SinkProcess
from bench.agents.trees import Dialect, Format, cache_folder
from clew.runtime.addresses import free_port


@dataclass(frozen=True, slots=True)
class Place:
    """What a contender reads, and a folder of its own to write to."""

    tree: Path
    format: Format
    dialect: Dialect
    work: Path


class Contender(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def ends_by_itself(self) -> bool:
        """Whether a run of `once` does; else it has to be stopped when everything has arrived."""
        ...

    def start(self, place: Place, sink: SinkProcess, *, once: bool) -> Measured:
        """`once`: read what is there; else follow it."""
        ...


@dataclass(frozen=True, slots=True)
class Clew:
    name: str = "clew"
    settings: dict[str, Any] = field(default_factory=dict)
    ends_by_itself: bool = True

    def start(self, place: Place, sink: SinkProcess, *, once: bool) -> Measured:
        port = free_port("127.0.0.1")
        section = {
            "logs": [str(place.tree)],
            "data": str(place.work / "data"),
            "collector_url": sink.url,
            "listen": f"127.0.0.1:{port}",
            "node": "bench",
            **self.settings,
        }
        config = place.work / "clew.yaml"
        config.write_text(yaml.safe_dump({"agent": section}))
        argv = [sys.executable, "-P", "-m", "clew", "agent", "--config", str(config)]
        argv = [*argv, "--once"] if once else argv
        return Measured(argv, place.work / "log", _as_installed())


@cache
def _as_installed() -> dict[str, str]:
    """
    An environment in which modules are there as bytecode, as they are once a wheel is installed.

    In a checkout they may not be, and each start would compile them: a tenth of a second.
    """
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(cache_folder() / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    modules = "import agent.app, agent.config, clew.cli.processes, clew.__main__"
    argv = [sys.executable, "-P", "-c", modules, "--version"]
    subprocess.run(argv, env=environment, check=True, stdout=subprocess.DEVNULL)
    return environment


@dataclass(frozen=True, slots=True)
class FluentBit:
    binary: Path
    name: str
    ends_by_itself: bool = False

    def start(self, place: Place, sink: SinkProcess, *, once: bool) -> Measured:
        config = fluent_bit.write_config(
            place.work, place.tree, place.format, place.dialect, sink.port
        )
        return Measured([str(self.binary), "-c", str(config)], place.work / "log")


def find_fluent_bit() -> FluentBit | None:
    """What the environment variable FLUENT_BIT names. Raises RuntimeError if it does not run."""
    name = os.environ.get("FLUENT_BIT")
    if not name:
        return None
    try:
        told = subprocess.run([name, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"FLUENT_BIT names no Fluent Bit: {error}") from error
    version = told.stdout.splitlines()[0].removeprefix("Fluent Bit v")
    return FluentBit(Path(name), f"Fluent Bit {version}")
