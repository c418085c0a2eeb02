"""The sources of plain files: by patterns, and of Mesos."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.sources.files import Files, Group
from agent.sources.mesos import Mesos
from agent.sources.source import Source
from tests.contracts.source import Machine, SourceContract
from tests.support.rotation import rotate


class Folder(Machine):
    def source(self) -> Source:
        return Files([Group([f"{self.root}/**/*.log"])], "here")

    def begin(self, name: str) -> Path:
        live = self.root / name / f"{name}.log"
        live.parent.mkdir()
        live.touch()
        return live

    def rotate(self, live: Path) -> Path:
        return rotate(live)


class MesosAgent(Machine):
    def source(self) -> Source:
        return Mesos([self.root], "here")

    def begin(self, name: str) -> Path:
        run = self.root / f"slaves/a-S1/frameworks/f-0000/executors/{name}/runs/7c1"
        run.mkdir(parents=True)
        (run.parent / "latest").symlink_to(run)
        (run / "stdout").touch()
        return run / "stdout"

    def rotate(self, live: Path) -> Path:
        return rotate(live)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


class TestFilesSource(SourceContract):
    @pytest.fixture
    def machine(self, root: Path):
        return Folder(root)


class TestMesosSource(SourceContract):
    @pytest.fixture
    def machine(self, root: Path):
        return MesosAgent(root)
