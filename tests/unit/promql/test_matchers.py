from __future__ import annotations

import pytest

from clew.promql.matchers import Matcher, Operator, all_match, equal, wanted_name

LABELS = {"__name__": "up", "job": "shop", "path": "a\nb"}


@pytest.mark.parametrize(
    ("operator", "value", "matches"),
    [
        (Operator.EQUAL, "shop", True),
        (Operator.EQUAL, "sho", False),
        (Operator.NOT_EQUAL, "shop", False),
        (Operator.NOT_EQUAL, "", True),
        (Operator.MATCH, "sh.*", True),
        (Operator.MATCH, "sh", False),
        (Operator.MATCH, "a|shop", True),
        (Operator.NOT_MATCH, "sh.*", False),
        (Operator.NOT_MATCH, "sh", True),
    ],
)
def test_a_value_matches_as_a_whole(operator: Operator, value: str, *, matches: bool):
    assert Matcher("job", operator, value).matches(LABELS) is matches


def test_a_label_that_is_not_there_is_the_empty_text():
    assert equal("absent", "").matches(LABELS)
    assert Matcher("absent", Operator.MATCH, ".*").matches(LABELS)
    assert not Matcher("absent", Operator.MATCH, ".+").matches(LABELS)


def test_a_dot_is_any_character():
    """A newline too, as in Prometheus."""
    assert Matcher("path", Operator.MATCH, "a.b").matches(LABELS)


def test_all_matchers_have_to_hold():
    assert all_match((equal("job", "shop"), equal("__name__", "up")), LABELS)
    assert not all_match((equal("job", "shop"), equal("__name__", "down")), LABELS)


def test_the_name_that_is_asked_for():
    assert wanted_name((equal("job", "shop"), equal("__name__", "up"))) == "up"
    assert wanted_name((Matcher("__name__", Operator.MATCH, "u.*"),)) is None
