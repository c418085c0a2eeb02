from __future__ import annotations

from pathlib import Path

import pytest

from agent.sources.kubernetes import Kubernetes
from tests.contracts.source import Machine, SourceContract


class KubernetesNode(Machine):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._rotations = 0

    def source(self) -> Kubernetes:
        return Kubernetes([self.root], "here")

    def begin(self, name: str) -> Path:
        live = self.root / f"shop_{name}-0_0c1" / name / "0.log"
        live.parent.mkdir(parents=True)
        live.touch()
        return live

    def rotate(self, live: Path) -> Path:
        self._rotations += 1
        rotated = live.rename(live.with_name(f"0.log.20230129-{self._rotations:06}"))
        live.touch()
        return rotated


class TestKubernetesSource(SourceContract):
    @pytest.fixture
    def machine(self, tmp_path: Path):
        root = tmp_path / "pods"
        root.mkdir()
        return KubernetesNode(root)
