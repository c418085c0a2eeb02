from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.source import SourceContract
from tests.support.docker_machine import DockerMachine


class TestDockerSource(SourceContract):
    @pytest.fixture
    def machine(self, tmp_path: Path):
        root = tmp_path / "containers"
        root.mkdir()
        return DockerMachine(root)
