from __future__ import annotations

import pytest

from agent.framing import cri, docker
from agent.framing.formats import choose


@pytest.mark.parametrize(
    "line", [b'{"log":"text\\n","time":"2023-01-29T08:42:09Z"}', b'{"log":"cut', b'\0\0{"log":""}']
)
def test_docker(line: bytes):
    """Docker's lines begin with a brace, cut off or behind the NULs of a truncation too."""
    assert choose(line) is docker.frame


@pytest.mark.parametrize("line", [b'2023-01-29T08:42:09Z stdout F {"log":""}', b"", b"\0\0", b"x"])
def test_cri(line: bytes):
    """Whatever else it is, CRI's framing says so of each line."""
    assert choose(line) is cri.frame
