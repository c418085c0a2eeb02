"""What real logging libraries printed, under `clew lint`."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from clew.cli.linting.layouts import find_layout
from clew.cli.linting.rules import Rules
from clew.cli.linting.run import Reading
from clew.schema.advice import ADVICE
from tests.support.golden_dialects import decode
from tests.support.libraries.case import Case, load_cases

CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_dialects_of_a_library_are_counted_and_advised(case: Case):
    """As many lines of each dialect as the case has records, and what is refused beside them."""
    reading = Reading(Rules(), None, 1, None)
    reading.read(str(case.output), lambda count: None)
    expected = Counter(each["dialect"] for each in decode(case.expected.read_bytes()))
    refused, canonical = expected.pop("none", 0), expected.pop("canonical", 0)
    assert {name: found.lines for name, found in reading.tally.dialects.items()} == expected
    assert expected.keys() <= ADVICE.keys()
    counts = reading.tally.counts
    assert (counts.canonical, counts.translated) == (canonical, expected.total())
    assert (counts.refused, counts.violating) == (refused, refused)
    assert find_layout(case.output.read_bytes()) == "plain"


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_shares_of_ids_are_those_of_the_records(case: Case):
    reading = Reading(Rules(), None, 1, None)
    reading.read(str(case.output), lambda count: None)
    records = [json.loads(line)["record"] for line in case.expected.read_bytes().splitlines()]
    with_trace = sum("trace.id" in record for record in records)
    assert reading.tally.counts.with_trace == with_trace
