from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.promql.expression import ExpressionError, parse
from clew.promql.matchers import Matcher, Operator, equal
from clew.promql.nodes import Selector
from clew.promql.parsing import MAXIMUM_DEPTH
from clew.promql.trees import MAXIMUM_CHARACTERS, MAXIMUM_OPERATORS
from tests.support.promql_generation import Generator

OUTSIDE = "; rules that need it can be given to a Prometheus."
NESTED = (
    "this version can't read the regular expression `[[:alpha:]]` (Possible nested set at position"
    " 1); perhaps it can be written otherwise."
)


def refusal(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    return refused.value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is no PromQL: no expression found in input."),
        ("sum(", "this is no PromQL: unclosed left parenthesis."),
        (
            "rate(up)",
            "this is no PromQL: expected type matrix in call to function 'rate', got vector.",
        ),
        ("{}", "this is no PromQL: vector selector must contain at least one non-empty matcher."),
        ("1 == 2", "this is no PromQL: comparisons between scalars must use BOOL modifier."),
        ("up + foo(up)", "At character 6: there is no function `foo`."),
        ("up[5m]", "a range of samples is no value, but a function like rate makes one."),
        ('"up"', "a text has no value."),
        ("rate(up[0])", "a range has to be longer than 0."),
        ("up offset 101y", "a duration has to be shorter than 100 years."),
        ("up offset 1e30", "this is no PromQL: a number is out of range."),
        ("2 * sin(up)", "At character 5: this version can't evaluate the function `sin`" + OUTSIDE),
        (
            'count_values("v", up)',
            "At character 1: this version can't evaluate the aggregation `count_values`" + OUTSIDE,
        ),
        (
            "up atan2 up",
            "At character 4: this version can't evaluate the operator `atan2`" + OUTSIDE,
        ),
        ("up @ end()", "this version can't evaluate `@`" + OUTSIDE),
        (
            "max_over_time(rate(up[1m])[1h:])",
            "this version can't evaluate a subquery like `rate(up[1m])[1h:]`" + OUTSIDE,
        ),
        ('up{job=~"[[:alpha:]]"}', NESTED),
        (
            'label_replace(up, "a", "", "b", "(?=x)")',
            "`(?=x)` is no regular expression of RE2's.",
        ),
        ('label_replace(up, "a b", "", "b", "")', "`a b` in label_replace is no name of a label."),
        ('label_join(up, "a", "", "b-c")', "`b-c` in label_join is no name of a label."),
    ],
)
def test_what_is_refused_says_why(text: str, message: str):
    assert str(refusal(text)) == message


def test_a_word_that_stands_twice_has_no_position():
    """The tree doesn't say where its parts stand, and a guess would point at the wrong one."""
    assert refusal("sin(up) + sin(up)").position is None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 9000 + "1" + ")" * 9000,
        "1+" * 9000 + "1",
        "up or " * 3000 + "up",
        "-" * 9000 + "1",
        "up" * MAXIMUM_CHARACTERS,
        f"{'(' * (MAXIMUM_DEPTH + 1)}1{')' * (MAXIMUM_DEPTH + 1)}",
        "1+" * (MAXIMUM_OPERATORS + 1) + "1",
    ],
)
def test_what_is_too_large_is_refused(text: str):
    """Beyond some thousand levels the grammar's library would end the whole process."""
    assert "more than" in refusal(text).message


def test_operators_inside_texts_are_none():
    assert parse(f'up{{job="{"+" * MAXIMUM_OPERATORS}"}} # {"(" * MAXIMUM_OPERATORS}')


def test_a_selector_is_its_matchers_range_and_offset():
    text = 'http{job=\'a\', code!="b", path=~`\\d+`, verb!~"d"} offset -1m30s'
    assert parse(text).root == Selector(
        (
            equal("__name__", "http"),
            equal("job", "a"),
            Matcher("code", Operator.NOT_EQUAL, "b"),
            Matcher("path", Operator.MATCH, r"\d+"),
            Matcher("verb", Operator.NOT_MATCH, "d"),
        ),
        range=None,
        offset=-90 * 10**9,
    )


def test_a_name_may_be_a_matcher():
    assert parse('{__name__="up"}').root == parse("up").root


def has_meaning(text: str) -> bool:
    """Whether it parses. Anything raised but ExpressionError fails the test."""
    try:
        return bool(parse(text).root)
    except ExpressionError as error:
        return not error.message


@given(st.text() | st.text("abx(){}[]+-*/^%<>=!~\"'`\\,.:@#0159msy \n", max_size=40))
def test_any_text_has_a_meaning_or_is_refused(text: str):
    assert has_meaning(text) in {True, False}


@given(st.integers(0, 2**32), st.data())
def test_an_expression_cut_and_changed_has_a_meaning_or_is_refused(seed: int, data: st.DataObject):
    text = Generator(seed).expression()
    assert has_meaning(text)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    changed = text[:start] + data.draw(st.text("()[]{}+-\"' 1m", max_size=3)) + text[end:]
    assert has_meaning(changed) in {True, False}
