"""Containers of Docker's json-file driver, as dockerd lays them out and rotates them."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from agent.sources.docker import Docker
from tests.contracts.source import Machine


class DockerMachine(Machine):
    def source(self) -> Docker:
        return Docker([self.root], "here", "north")

    def begin(self, name: str, labels: dict[str, str] | None = None) -> Path:
        id_ = sha256(name.encode()).hexdigest()
        folder = self.root / id_
        folder.mkdir()
        self.configure(name, labels)
        live = folder / f"{id_}-json.log"
        live.touch()
        return live

    def configure(self, name: str, labels: dict[str, str] | None = None, **more: Any) -> Path:
        """What dockerd keeps of a container, replaced as a whole."""
        id_ = sha256(name.encode()).hexdigest()
        about = {"ID": id_, "Name": f"/{name}", "Config": {"Labels": labels, "Image": "x"}} | more
        path = self.root / id_ / "config.v2.json"
        fresh = path.with_name(".tmp-config.v2.json")
        fresh.write_text(json.dumps(about))
        return fresh.rename(path)

    def rotate(self, live: Path) -> Path:
        """Every rotated file gets the next number, as max-file has it."""
        numbers = sorted(
            (
                (int(number), end)
                for path in live.parent.glob(f"{live.name}.*")
                for number, _, end in [path.name.removeprefix(f"{live.name}.").partition(".")]
            ),
            reverse=True,
        )
        for number, end in numbers:
            tail = f".{end}" if end else ""
            live.with_name(f"{live.name}.{number}{tail}").rename(
                live.with_name(f"{live.name}.{number + 1}{tail}")
            )
        rotated = live.rename(live.with_name(f"{live.name}.1"))
        live.touch()
        return rotated

    def compress(self, rotated: Path) -> Path:
        compressed = rotated.with_name(f"{rotated.name}.gz")
        compressed.write_bytes(gzip.compress(rotated.read_bytes(), 1))
        rotated.unlink()
        return compressed
