"""`agent.redaction`: which secrets are taken out of lines before they leave the node."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from pydantic import Field, field_validator

from agent.redaction.built_in import BUILT_IN
from agent.redaction.pattern import Pattern, by_expression
from agent.redaction.sieve import for_literal
from clew.runtime.config import Section
from clew.schema.expressions import compile_own

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


class OwnPattern(Section):
    """A kind of secret that clew does not know by itself."""

    name: str = Field(
        description="What its tokens are called: small letters, digits and underscores."
    )
    expression: str = Field(
        description="A regular expression of Python. The group named `secret` is replaced, or, "
        "where there is none, the whole match."
    )
    literals: list[str] = Field(
        default=[],
        description="Texts one of which stands in every line that the expression can match. "
        "Without them the expression is tried on every line, which costs many times what all "
        "else does.",
    )

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("1 to 32 of a-z, 0-9 and _ were expected, a letter first")
        if name in BUILT_IN:
            raise ValueError("a pattern that comes with clew has this name")
        return name

    @field_validator("expression")
    @classmethod
    def _is_expression(cls, expression: str) -> str:
        compile_own(expression)
        return expression

    @field_validator("literals")
    @classmethod
    def _are_literals(cls, literals: list[str]) -> list[str]:
        for literal in literals:
            if not for_literal(literal):
                raise ValueError(f"{literal!r} has no letter or digit of ASCII to look for")
        return literals

    def build(self) -> Pattern:
        find = by_expression(compile_own(self.expression), bool)
        return Pattern(self.name, "", find, tuple(map(for_literal, self.literals)))


class RedactionConfig(Section):
    """What is replaced by tokens in every line."""

    enabled: bool = Field(default=True, description="Whether anything is replaced.")
    patterns: list[str] = Field(
        default=list(BUILT_IN),
        description="Which of the patterns that come with clew are used (docs/redaction.md).",
    )
    own_patterns: list[OwnPattern] = Field(default=[], description="More patterns.")
    key_file: Path | None = Field(
        default=None,
        description="A file with the key of the tokens, for nodes whose tokens shall be the same; "
        "without it the agent makes a key of its own.",
    )

    @field_validator("patterns")
    @classmethod
    def _are_known(cls, names: list[str]) -> list[str]:
        unknown = [name for name in names if name not in BUILT_IN]
        if unknown:
            raise ValueError(f"no pattern {', '.join(unknown)}; there are {', '.join(BUILT_IN)}")
        return names

    @field_validator("own_patterns")
    @classmethod
    def _have_names(cls, patterns: list[OwnPattern]) -> list[OwnPattern]:
        for name, count in Counter(pattern.name for pattern in patterns).items():
            if count > 1:
                raise ValueError(f"{count} patterns are called {name!r}")
        return patterns
