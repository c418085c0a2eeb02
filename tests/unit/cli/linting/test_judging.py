"""Whatever bytes there are, each line is in exactly one of canonical, translated and refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.cli.linting.judging import judge
from clew.cli.linting.layouts import LAYOUTS, Lines
from clew.cli.linting.rows import faults
from clew.cli.linting.tally import Counts, Tally
from clew.policies import read_policy
from clew.schema.policy.enforcer import Enforcer
from tests.support.libraries.case import CASES, load_cases

REAL = [line for case in load_cases() for line in case.output.read_bytes().splitlines()]
POLICY = read_policy(
    b"""
name: shop
schemas:
  strict: {require: [trace.id, clew.transaction], levels: [info], longest: {message: 8B}}
rules:
  - {loggers: [shop.*], schema: strict, mode: report}
  - {services: [quiet], mode: 'off'}
  - {schema: strict, mode: enforce}
"""
)
ENFORCERS = {"none": None, "mixed": POLICY.enforcer("", ""), "off": POLICY.enforcer("", "quiet")}
LINE = st.sampled_from(REAL) | st.binary(max_size=40) | st.just(b'{"resourceLogs":[]}')


@pytest.mark.parametrize("enforcer", ENFORCERS.values(), ids=ENFORCERS)
@pytest.mark.parametrize("layout", [None, *LAYOUTS])
@given(lines=st.lists(LINE, max_size=20))
def test_the_books_balance(layout: str | None, enforcer: Enforcer | None, lines: list[bytes]):
    reading, counts, tally = Lines(layout), Counts(), Tally(2)
    for framed in (reading.take(b"\n".join(lines)), reading.end()):
        judged = judge(framed, enforcer)
        counts.add(judged)
        tally.add("log", judged, enforcer)
        for row in faults("log", judged, enforcer):
            assert row["violations"] or row["not_canonical"]
    assert counts.canonical + counts.translated + counts.refused == counts.lines
    assert counts.refused <= counts.violating <= counts.lines
    read = [name for name in tally.dialects if tally.dialects[name].lines]
    assert all(tally.dialects[name].samples for name in read)
    for part in ("with_trace", "with_transaction", "without_time", "without_level"):
        assert 0 <= getattr(counts, part) <= counts.lines


def test_each_record_of_a_line_that_has_many_is_judged(tmp_path: Path):
    """By its own trace, and by the policy."""
    content = (CASES / "otlp" / "output.log").read_bytes()
    for enforcer, refused in ((None, 0), (ENFORCERS["mixed"], 8)):
        reading, counts = Lines(), Counts()
        for framed in (reading.take(content), reading.end()):
            counts.add(judge(framed, enforcer))
        assert (counts.lines, counts.with_trace, reading.physical) == (10, 2, 1)
        assert counts.violating >= refused
