from __future__ import annotations

import pytest

from clew.schema.expressions import compile_own


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
