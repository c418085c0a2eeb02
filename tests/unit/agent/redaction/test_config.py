from __future__ import annotations

from typing import Any

import pytest

from agent.redaction.built_in import BUILT_IN
from agent.redaction.config import RedactionConfig
from clew.runtime.config import validate
from clew.runtime.errors import ConfigError


def problems(document: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        validate(document, RedactionConfig, "")
    return [str(problem) for problem in raised.value.problems]


def test_by_default_everything_that_clew_knows_is_redacted():
    config = RedactionConfig()
    assert config.enabled
    assert config.patterns == list(BUILT_IN)
    assert config.own_patterns == []


def test_all_mistakes_at_once_each_with_its_path():
    found = problems(
        {
            "patterns": ["card", "iban"],
            "own_patterns": [
                {"name": "Pin", "expression": r"pin \d{4}"},
                {"name": "card", "expression": "("},
                {"name": "a", "expression": "x*", "literals": ["ok", "é=/"]},
                {"expression": "(a+)+b"},
            ],
        }
    )
    assert found == [
        f"patterns: no pattern iban; there are {', '.join(BUILT_IN)}",
        (
            "own_patterns.0.name: 1 to 32 of a-z, 0-9 and _ were expected, a letter first "
            "(found 'Pin')"
        ),
        "own_patterns.1.name: a pattern that comes with clew has this name (found 'card')",
        (
            "own_patterns.1.expression: not a regular expression: missing ), unterminated "
            "subpattern at position 0 (found '(')"
        ),
        (
            "own_patterns.2.expression: it matches the empty text, and so between any two letters "
            "(found 'x*')"
        ),
        "own_patterns.2.literals: 'é=/' has no letter or digit of ASCII to look for",
        "own_patterns.3.name: this setting is needed",
        (
            "own_patterns.3.expression: a repeat without limit stands inside of another, which can "
            "take for ever on some lines: write it without, or make one of them possessive "
            "(`++`, `*+`) (found '(a+)+b')"
        ),
    ]


def test_two_patterns_of_one_name():
    own = {"name": "pin", "expression": r"pin \d{4}"}
    assert problems({"own_patterns": [own, own]}) == ["own_patterns: 2 patterns are called 'pin'"]
