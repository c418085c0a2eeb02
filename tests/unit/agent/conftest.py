from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.node import Node


@pytest.fixture
def node(tmp_path: Path):
    node = Node(tmp_path)
    yield node
    for log in node.logs:
        log.close()
