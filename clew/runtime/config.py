"""
One configuration file, a section for each process.

A file is taken whole or not at all: every mistake in it is found in one go, each with its path and
the value that was found there. Each process owns the model of its section.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from clew.runtime.errors import ConfigError, Problem
from clew.runtime.yaml_text import load_yaml

Document = Mapping[str, Any]


class Section(BaseModel):
    """What every section is: closed, and never changed once read."""

    # A setting called `schema` needs another name in Python, where BaseModel has that already.
    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    def named_files(self) -> Mapping[str, Path | None]:
        """
        Setting -> the file it names, of those whose content counts as much as the section's own:
        tokens, certificates. A process takes a change of them as one of its configuration.
        """
        return {}

    def check_files(self) -> None:
        """
        Look for mistakes in the files that the section names, where they can be told beforehand.

        All of them are there, and text. What would keep the process from starting has to be found
        here: a configuration that was taken back names the same files, so what stood in them can't
        be taken back with it. Raises ConfigError.
        """


SectionT = TypeVar("SectionT", bound=Section)
ModelT = TypeVar("ModelT", bound=BaseModel)


def parse(text: str, file: str = "") -> Document:
    """The mapping in a YAML text. Raises ConfigError."""
    try:
        document = load_yaml(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: `!!int x`, or 2023-13-01
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        detail = getattr(error, "problem", None) or f"not YAML: {str(error).splitlines()[0]}"
        raise ConfigError([Problem(where, str(detail))], file) from error
    except RecursionError as error:
        raise ConfigError([Problem("", "nested too deeply")], file) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError([Problem("", "a mapping of sections was expected", document)], file)
    return document


def load(path: Path) -> Document:
    """The mapping in a file. Raises ConfigError, also where the file can't be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem("", f"can't be read: {error}")], str(path)) from error
    return decode(data, str(path))


def decode(data: bytes, file: str = "") -> Document:
    """The mapping in the bytes of a YAML file. Raises ConfigError."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem("", f"can't be read: {error}")], file) from error
    return parse(text, file)


def read(
    document: Document, sections: Mapping[str, type[Section]], file: str = ""
) -> list[Section]:
    """
    The sections, in the order asked for; a section that is left out has its defaults.

    Raises ConfigError with the mistakes of all sections, and of sections nobody knows.
    """
    problems = [
        Problem(name, f"no such section; there are {', '.join(KNOWN_SECTIONS)}")
        for name in document
        if name not in KNOWN_SECTIONS
    ]
    read: list[Section] = []
    for name, model in sections.items():
        try:
            found = document.get(name)
            read.append(model.model_validate({} if found is None else found))
        except ValidationError as error:
            problems += [_problem(detail, name) for detail in error.errors()]
    if problems:
        raise ConfigError(problems, file)
    return read


def read_one(document: Document, name: str, model: type[SectionT], file: str = "") -> SectionT:
    """One section; see `read`."""
    (section,) = read(document, {name: model}, file)
    assert isinstance(section, model)
    return section


KNOWN_SECTIONS = ("agent", "collector", "query")

NO_SUCH_SETTING = "no such setting"

# pydantic's own words for these speak of fields, models and classes.
_SENTENCES = {
    "extra_forbidden": NO_SUCH_SETTING,
    "missing": "this setting is needed",
    "model_type": "a mapping of settings was expected",
    "path_type": "a path was expected",
}


def validate(document: Document, model: type[ModelT], file: str) -> ModelT:
    """A whole file as one model. Raises ConfigError with all of its mistakes."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise ConfigError([_problem(detail) for detail in error.errors()], file) from error


def _problem(detail: Any, *section: str) -> Problem:
    path = ".".join([*section, *(str(part) for part in detail["loc"])])
    message = _SENTENCES.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    scalar = isinstance(detail["input"], str | int | float | bool)
    return Problem(path, message, detail["input"] if scalar else None)


def read_token(file: Path | None) -> str:
    """The token in a file, without the white space around it; none without a file. ConfigError."""
    if file is None:
        return ""
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem("token_file", f"can't be read: {error}")]) from error
    if not token:
        raise ConfigError([Problem("token_file", f"{file} is empty")])
    return token
