"""
Whether a line is canonical, asked by tests that also run where clew can't: on Python 3.9.

There the lines are kept in the file that CLEW_LINES names, and whoever started the tests asks about
them (tests/acceptance/test_logging_python39.py).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def decode(line: str) -> dict[str, Any]:
    """The fields of a line that has to be canonical."""
    assert "\n" not in line
    if sys.version_info >= (3, 11):
        from clew.schema.record import decode_canonical

        assert decode_canonical(line.encode()) is not None, line
    else:
        with Path(os.environ["CLEW_LINES"]).open("a", encoding="utf-8") as kept:
            kept.write(line + "\n")
    fields: dict[str, Any] = json.loads(line)
    return fields
