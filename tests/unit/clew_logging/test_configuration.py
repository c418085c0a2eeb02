"""Logging of a whole process, so each test starts one."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import Any

import pytest

from clew_logging import configure
from tests.support.canonical import decode


def run(program: str, **variables: str) -> list[dict[str, Any]]:
    """The lines that a program prints, which has to print nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return [decode(line) for line in done.stdout.decode().splitlines()]


def test_lines_are_in_utf_8_whatever_the_locale():
    """A line that the stream can't encode would be lost."""
    program = (
        "import logging, clew_logging; clew_logging.configure(); logging.info('Gr\\xfc\\xdfe')"
    )
    [line] = run(program, PYTHONIOENCODING="ascii")
    assert line["message"] == "Grüße"


def test_servers_lose_the_handlers_they_brought_and_warnings_are_records():
    program = """
import logging, sys, warnings
import clew_logging
server = logging.getLogger("uvicorn.access")
server.addHandler(logging.StreamHandler(sys.stderr))
server.propagate = False
logging.basicConfig()
clew_logging.configure(service="shop", level="DEBUG")
server.debug("GET /")
warnings.warn("old")
"""
    access, warning = run(program)
    assert (access["message"], access["log.logger"]) == ("GET /", "uvicorn.access")
    assert "old" in warning["message"]
    assert warning["log.level"] == "WARNING"


def test_an_unknown_level_is_said_and_changes_nothing():
    before = logging.getLogger().handlers[:]
    with pytest.raises(ValueError, match="Unknown level"):
        configure(level="LOUD")
    assert logging.getLogger().handlers == before
