"""
Policy files: where a process finds its policy, and how it is read.

A policy is taken whole or not at all: every mistake in its file is told at once, each with its
place.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from clew.runtime.config import NO_SUCH_SETTING, Document, Section, decode, load, validate
from clew.runtime.errors import ConfigError, Problem
from clew.schema.policy.checking import hint_for, place_of, unknown_schemas
from clew.schema.policy.compiling import compile_policy
from clew.schema.policy.model import PolicyFile
from clew.schema.policy.policy import BUILT_IN, Policy


class PolicyConfig(Section):
    """Which policy lines are held against."""

    policy_file: Path | None = Field(
        default=None,
        description="A policy file (docs/policy.md); without one the schema of a record alone "
        "holds. It is looked at like this file: a change counts within seconds, and one with "
        "mistakes does not.",
    )

    def named_files(self) -> Mapping[str, Path | None]:
        return {"schema.policy_file": self.policy_file}

    def check_files(self) -> None:
        self.load_policy()

    def load_policy(self) -> Policy:
        """Raises ConfigError."""
        return BUILT_IN if self.policy_file is None else load_policy(self.policy_file)


def load_policy(path: Path) -> Policy:
    """The policy in a file. Raises ConfigError, also where the file can't be read."""
    return _read(load(path), str(path))


def read_policy(data: bytes, file: str = "") -> Policy:
    """The policy in the bytes of a file. Raises ConfigError."""
    return _read(decode(data, file), file)


def _read(document: Document, file: str) -> Policy:
    problems = [Problem(*each) for each in unknown_schemas(document)]
    try:
        model = validate(document, PolicyFile, file)
    except ConfigError as error:
        raise ConfigError([*map(_placed, error.problems), *problems], file) from error
    if problems:
        raise ConfigError(problems, file)
    return compile_policy(model)


def _placed(problem: Problem) -> Problem:
    path = place_of(problem.path)
    hint = hint_for(path) if problem.message == NO_SUCH_SETTING else ""
    return Problem(path, problem.message + hint, problem.value)
