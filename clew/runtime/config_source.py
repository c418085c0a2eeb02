"""
A section of a configuration file and the files that it names, looked at as one.

Keeps true: what is parsed and what is compared are the same bytes; a section counts as right only
together with the files it names, so a token that is not there yet keeps the old one in force; and
a look finds either a configuration or a reason why it is none, whatever stands in the files.

Content is compared, not dates: a ConfigMap that is mounted changes by a link (`..data`) that leads
elsewhere from one moment to the next, and the files behind it may well bear the same date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Generic

from clew.runtime.config import Section, SectionT, decode, read_one
from clew.runtime.errors import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class Configuration(Generic[SectionT]):
    """A section without mistakes. Equal are those that mean the same, comments or not."""

    section: SectionT
    files: Mapping[str, bytes]  # setting -> what stands in the file it names, as a digest
    digest: bytes = field(compare=False)  # of every byte that was looked at

    def changes(self, before: Configuration[SectionT]) -> list[str]:
        """The settings that differ from those before; of a named file, when its content does."""
        new, old = self.section.model_dump(), before.section.model_dump()
        names = [name for name in new if new[name] != old[name]]
        settings = self.files.keys() | before.files.keys()
        inside = (n for n in settings if self.files.get(n) != before.files.get(n))
        return names + [f"content of {name}" for name in sorted(inside)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was found is no configuration, and why."""

    error: ConfigError
    digest: bytes


class ConfigSource(Generic[SectionT]):
    def __init__(self, file: Path, name: str, model: type[SectionT]) -> None:
        self._file, self._name, self._model = file, name, model
        self._read: tuple[bytes, SectionT] | None = None

    def load(self) -> Configuration[SectionT]:
        """What is there at the start of a process. Raises ConfigError."""
        found = self.look()
        if isinstance(found, Refusal):
            raise found.error
        return found

    def look(self) -> Configuration[SectionT] | Refusal:
        """What is there now. Takes as long as the disk does."""
        try:
            data = self._file.read_bytes()
        except OSError as error:
            problem = Problem("", f"can't be read: {error}")
            return Refusal(ConfigError([problem], str(self._file)), str(error).encode())
        try:
            return self._with_files(self._section(data), data)
        except _FAULTS as error:
            return self._refusal(error, data)

    def _section(self, data: bytes) -> SectionT:
        """Of the same bytes the same section: every two seconds nothing has changed."""
        if self._read is None or self._read[0] != data:
            document = decode(data, str(self._file))
            section = read_one(document, self._name, self._model, str(self._file))
            self._read = data, section
        return self._read[1]

    def _with_files(self, section: SectionT, data: bytes) -> Configuration[SectionT] | Refusal:
        files, problems = _read(section, self._name)
        names = (_encoded(name) for name in files)  # a pattern may name other files than before
        told = (str(problem).encode() for problem in problems)
        digest = _digest(data, *names, *files.values(), *told)
        if problems:
            return Refusal(ConfigError(problems, str(self._file)), digest)
        try:
            section.check_files()
        except _FAULTS as error:
            return self._refusal(error, digest)
        return Configuration(section, files, digest)

    def _refusal(self, error: Exception, *looked_at: bytes) -> Refusal:
        if not isinstance(error, ConfigError):
            why = (
                "nested too deeply"
                if isinstance(error, RecursionError)
                else f"can't be used: {error}"
            )
            error = ConfigError([Problem(self._name, why)], str(self._file))
        return Refusal(error, _digest(*looked_at, _encoded(str(error))))


_FAULTS = (ConfigError, OSError, ValueError, RecursionError)
"""What a look may come to: a path with a zero byte in it, a rule of a thousand brackets."""


def _read(section: Section, name: str) -> tuple[dict[str, bytes], list[Problem]]:
    files: dict[str, bytes] = {}
    problems = []
    for setting, path in section.named_files().items():
        if path is None:
            continue
        try:
            setting.encode()  # what a pattern found becomes part of keys, logs and pages
            content = path.read_bytes()
        except UnicodeEncodeError:
            problems.append(Problem(f"{name}.{setting}", "the name of this file is not UTF-8"))
            continue
        except (OSError, ValueError) as error:  # ValueError: a zero byte in its name
            problems.append(Problem(f"{name}.{setting}", f"can't be read: {error}"))
            continue
        if why := _unusable(content):
            problems.append(Problem(f"{name}.{setting}", why, str(path)))
        files[setting] = _digest(content)
    return files, problems


def _unusable(content: bytes) -> str:
    """Why nothing can be made of a file, whatever it is for; empty where something can."""
    if not content.strip():
        return "is empty"  # also what is being written at this moment looks like that
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not text: {error}"
    return ""


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _digest(*parts: bytes) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
