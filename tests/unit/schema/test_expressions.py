from __future__ import annotations

import pytest

from clew.schema.expressions import compile_line, compile_own


@pytest.mark.parametrize(
    "expression",
    [
        "x*", "", r"\b", "(?=a)", "a?", "a|", "^$",
        "(a+)+b", "(a*)*b", "(?:a+b?)+c", "(?:a{1,99}){2,}b", "([a-z]+)*=", "((ab+)c?)+d",
        "(?:(?:x|y+)z)+", "(?=(a+)+b)c", "(", "[", "a{2,1}", "(?P<secret", "(?P<x>a)(?P<x>b)",
    ],
)  # fmt: skip
def test_an_expression_that_could_do_harm_is_refused(expression: str):
    with pytest.raises(ValueError, match=r"not a regular|empty text|a repeat without limit"):
        compile_own(expression)


@pytest.mark.parametrize(
    "expression",
    [
        r"pin[ =]\d{4}", r"(?i)iban\s*[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}", r"\bDE\d{20}\b",
        r"user=(?P<secret>\w+)", r"(?:\d{1,3}\.){3}\d{1,3}", r"(?:[a-z]++\.)+com", "(?>a+)+b",
        "(?:ab)+c", r"x(?=\d+)", "é+",
    ],
)  # fmt: skip
def test_what_people_write_is_taken(expression: str):
    assert compile_own(expression).pattern == expression


@pytest.mark.parametrize(
    "expression",
    [
        "(?P<a>.*)(?P<b>.*)(?P<message>.*)x",
        "(?P<a>.*) (?P<b>.+) (?P<message>.*)",
        "(?P<a>(?:a|aa)+)b",
    ],
)
def test_an_expression_for_whole_lines_that_would_take_for_ever(expression: str):
    with pytest.raises(ValueError, match="for ever on some"):
        compile_line(expression)


@pytest.mark.parametrize(
    "expression",
    [
        r"(?P<time>\S+) (?P<level>[A-Z]+) \[(?P<trace_id>\w+)\] (?P<message>.+)",
        r"(?P<a>.*) - (?P<message>.*)",
        r"(?P<level>INFO|WARN) (?:a|b) (?P<message>(?:\w|-)+)",
        r"(?P<a>(?:x|yy)++) (?P<message>.*)",
    ],
)
def test_an_expression_for_whole_lines(expression: str):
    assert compile_line(expression).groupindex
