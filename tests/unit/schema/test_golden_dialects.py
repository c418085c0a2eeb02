"""What real logging libraries printed becomes the records that it ought to be."""

from __future__ import annotations

import pytest

from tests.support.golden_dialects import decode, records_of
from tests.support.libraries.case import Case, load_cases

CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_records_of_a_library(case: Case):
    found, expected = records_of(case.output.read_bytes()), decode(case.expected.read_bytes())
    for record, wanted in zip(found, expected, strict=False):
        assert record == wanted
    assert len(found) == len(expected)
