"""Containers of Docker's json-file driver, as dockerd lays them out and rotates them."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from agent.sources.docker import Docker
from tests.contracts.source import Machine
from tests.support.rotation import compress, rotate


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
        """dockerd numbers the files that max-file lets it keep as logrotate does."""
        return rotate(live)

    def compress(self, rotated: Path) -> Path:
        return compress(rotated)
