"""
Golden cases of dialects: what a logging library really printed, and the records that it is.

    tests/golden/dialects/<library>/
        case.toml          language, packages with their exact versions, program, dialect, notes
        <program>          logs the events of tests/golden/dialects/README.md
        output.log         what it printed, both streams in one
        expected.ndjson    one JSON object a record: its dialect, severity and fields
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.support.components import ROOT

CASES = ROOT / "tests" / "golden" / "dialects"


@dataclass(frozen=True)
class Case:
    """
    `language` names the module beside this one that runs the program; `none` is for what can't be
    run here, and `notes` say why. `packages` are written as the language's package manager does.
    """

    folder: Path
    language: str
    dialect: str
    program: str = ""
    packages: tuple[str, ...] = ()
    notes: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def output(self) -> Path:
        return self.folder / "output.log"

    @property
    def expected(self) -> Path:
        return self.folder / "expected.ndjson"


@cache
def load_cases() -> tuple[Case, ...]:
    """All cases, in the order of their names."""
    return tuple(load_case(path.parent) for path in sorted(CASES.glob("*/case.toml")))


def load_case(folder: Path) -> Case:
    """Raises TypeError for a key that a case does not have."""
    keys = tomllib.loads((folder / "case.toml").read_text())
    return Case(folder, **{**keys, "packages": tuple(keys.get("packages", ()))})
