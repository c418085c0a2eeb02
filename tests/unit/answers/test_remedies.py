from __future__ import annotations

import pytest

from clew.answers.remedies import remedy
from clew.schema.rejection import Reason


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_a_remedy(reason: Reason):
    """A sentence of its own that says what to do, and no more than fits beside a line."""
    said = remedy(reason)
    assert said.endswith(".")
    assert 30 < len(said) < 400
    assert [each for each in Reason if remedy(each) == said] == [reason]


def test_a_reason_of_a_newer_clew_is_said_to_be_one():
    assert "newer clew" in remedy("bad_mood")
