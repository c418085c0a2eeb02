"""Memory is bounded, however much there is to read."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from clew.cli.linting.judging import Judged
from clew.cli.linting.tally import MOST_KINDS, OTHERS, Tally
from clew.schema.dialects.catalog import CANONICAL
from clew.schema.line import Lines
from tests.support.libraries.case import CASES

SMALL_BYTES, BIG_BYTES = 4 * 1024 * 1024, 48 * 1024 * 1024
ROOM_KIB = 24 * 1024
"""For what a heap happens to leave behind: about half of what the bytes alone of a file take."""


def peak_kib(file: Path) -> int:
    """The most that `clew lint` ever held while it read a file."""
    script = (
        "import resource, sys\\nfrom clew.cli import cli\\n"
        f"try: cli(['lint', '--max', '100', {str(file)!r}])\\n"
        "except SystemExit: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    ).replace("\\n", "\n")
    result = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
    )
    return int(result.stdout.splitlines()[-1])


def _canonical() -> bytes:
    return (CASES / "ecs-logback" / "output.log").read_bytes()


def _one_line() -> bytes:
    return b"x" * 65536


def _pieces() -> bytes:
    """CRI's pieces of a line that never ends."""
    return b"2023-01-29T08:42:09.736442008Z stdout P " + b"x" * 16384 + b"\n"


def _trace() -> bytes:
    return b"\tat shop.Stock.take(Stock.java:27)\n" * 100


@pytest.mark.parametrize("unit", [_canonical, _one_line, _pieces, _trace])
def test_a_big_file_needs_no_more_than_a_small_one(unit, tmp_path: Path):
    """Of lines, of one line, of pieces of one line, of one stack trace."""
    small, big = tmp_path / "small.gz", tmp_path / "big.gz"
    content: bytes = unit()
    for file, size in ((small, SMALL_BYTES), (big, BIG_BYTES)):
        with gzip.open(file, "wb", 1) as opened:
            for _ in range(size // (16 * len(content)) + 1):
                opened.write(content * 16)
    assert peak_kib(big) - peak_kib(small) < ROOM_KIB


def test_kinds_of_findings_are_bounded():
    """A field's name may come out of a line, and be another one in each."""
    count = MOST_KINDS + 500
    lines = Lines(
        jsons=[b"{}"] * count,
        severities=[0] * count,
        flags=[0] * count,
        dialects=[CANONICAL] * count,
        transactions=[""] * count,
        traces=[""] * count,
        violations={place: (f"missing_field:labels.{place}",) for place in range(count)},
    )
    tally = Tally(1)
    tally.add("log", Judged([*range(count)], [b"{}"] * count, [CANONICAL] * count, lines), None)
    assert len(tally.violations) == MOST_KINDS + 1
    assert tally.violations["missing_field", OTHERS].lines == 500
