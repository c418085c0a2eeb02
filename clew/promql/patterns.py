"""
Regular expressions that mean the same here and in Prometheus.

Prometheus has Go's RE2; we have Python's `re`, which knows more (and takes time for it) and writes
some things otherwise. What one of them refuses is refused.
"""

from __future__ import annotations

import re
import warnings

from clew.promql.errors import ExpressionError
from clew.promql.trees import parse_tree, quoted


def check_pattern(expression: str) -> None:
    """Raises ExpressionError for an expression that only one of both would take."""
    try:
        parse_tree(f"{{a=~{quoted(expression)}, b='c'}}")
    except ValueError:
        raise ExpressionError(f"`{expression}` is no regular expression of RE2's") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what will mean something else, such as [[:alpha:]]
            re.compile(expression)
    except (re.error, FutureWarning, DeprecationWarning, OverflowError, RecursionError) as error:
        raise ExpressionError(
            f"this version can't read the regular expression `{expression}` ({error}); perhaps it"
            " can be written otherwise"
        ) from None
