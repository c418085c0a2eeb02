"""What a Dockerfile says, as far as ours goes: instructions, arguments, continued lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple


class Instruction(NamedTuple):
    name: str
    text: str


class Stage(NamedTuple):
    base: str
    instructions: list[Instruction]

    def all(self, name: str) -> list[str]:
        """The texts of all instructions of a name, in order."""
        return [each.text for each in self.instructions if each.name == name]


def read_stages(file: Path) -> list[Stage]:
    """The stages of a Dockerfile, with the defaults of their arguments put in."""
    outside: dict[str, str] = {}
    arguments: dict[str, str] = outside
    stages: list[Stage] = []
    for name, text in _instructions(file.read_text()):
        if name == "ARG":
            key, _, value = text.partition("=")
            arguments[key] = value
        elif name == "FROM":
            stages.append(Stage(_filled(text, outside), []))
            arguments = {}
        else:
            stages[-1].instructions.append(Instruction(name, _filled(text, arguments)))
    return stages


def _instructions(text: str) -> list[Instruction]:
    kept = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(kept))
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines()]


def _filled(text: str, arguments: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], text)
