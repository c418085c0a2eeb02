"""
Text -> the tree of `promql_parser`, whatever the text.

The library recurses without a limit: some thousand operators in a row overflow its stack, which
ends the whole process. And numbers that are far too large for a duration make it panic, which is no
`Exception`. So it sees nothing that large, and what it raises becomes a ValueError here.
"""

from __future__ import annotations

import json
import re

import promql_parser as grammar

from clew.promql.errors import ExpressionError

MAXIMUM_CHARACTERS = 20_000
"""The longest of the public rules of Kubernetes' and Prometheus' mixins have some 1,500."""

MAXIMUM_OPERATORS = 500
"""A tenth of what overflows 8 MiB of stack; the time that it takes grows with the square."""

_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\#[^\n]*""", re.DOTALL)
_OPERATOR = re.compile(r"[-+*/%^({\[]|[<>=!~]+|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)


def parse_tree(text: str) -> grammar.Expr:
    """
    The tree of an expression.

    Raises ExpressionError for a text that is too large, and ValueError with what the library says
    of one that is no PromQL.
    """
    _check_size(text)
    try:
        tree: grammar.Expr = grammar.parse(_quoted_plainly(text))
    except OverflowError as error:
        raise ValueError(str(error)) from error
    except BaseException as error:
        # Rust's panics have no name to import: pyo3_runtime.PanicException.
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError("a number is out of range") from error
    return tree


def quoted(text: str) -> str:
    """As a text in PromQL."""
    return json.dumps(text, ensure_ascii=False)


def _check_size(text: str) -> None:
    if len(text) > MAXIMUM_CHARACTERS:
        raise ExpressionError(f"there are more than {MAXIMUM_CHARACTERS} characters")
    operators = sum(1 for _ in _OPERATOR.finditer(_QUOTED.sub(" ", text)))
    if operators > MAXIMUM_OPERATORS:
        raise ExpressionError(f"there are more than {MAXIMUM_OPERATORS} operators and parentheses")


def _quoted_plainly(text: str) -> str:
    """
    The same with double quotes for backticks.

    Between backticks Prometheus reads a backslash as itself; promql_parser 0.12 as an escape.
    """
    return _QUOTED.sub(lambda match: _plain(match[0]), text)


def _plain(token: str) -> str:
    return quoted(token[1:-1]) if token.startswith("`") else token
