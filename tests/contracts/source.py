"""
The contract of a source of log files, for every implementation.

A test module subclasses `SourceContract` and gives it a fixture `machine`: a folder in which logs
are begun, rotated and removed the way that source's writers do it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from agent.sources.log_file import LogFile
from agent.sources.source import Source


class Machine(ABC):
    """Where a source's writers write. `root` is there, and empty."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @abstractmethod
    def source(self) -> Source:
        """A new source over `root`."""

    @abstractmethod
    def begin(self, name: str) -> Path:
        """The live log of a new container or application of this name."""

    @abstractmethod
    def rotate(self, live: Path) -> Path:
        """The live log under its next rotated name; an empty one stands in its place."""


def paths(source: Source) -> list[str]:
    return [file.path for file in source.files()]


class SourceContract:
    @pytest.fixture
    def machine(self) -> Machine:
        raise NotImplementedError("an implementation's tests say what its machine is")

    def test_an_empty_machine_has_no_files(self, machine: Machine):
        source = machine.source()
        assert paths(source) == []
        assert dict(source.unreadable) == {}

    def test_a_file_is_listed_from_the_moment_it_is_there(self, machine: Machine):
        """Many come within one step of the clock that folders are dated by; none is overlooked."""
        source, expected = machine.source(), set()
        for number in range(50):
            live = machine.begin(f"app{number}")
            expected.add(str(live))
            assert set(paths(source)) == expected
            expected.add(str(machine.rotate(live)))
            assert set(paths(source)) == expected

    def test_a_file_that_is_gone_is_not_listed(self, machine: Machine):
        source = machine.source()
        stays, goes = machine.begin("stays"), machine.begin("goes")
        assert set(paths(source)) == {str(stays), str(goes)}
        goes.unlink()
        assert paths(source) == [str(stays)]

    def test_rotated_files_come_before_the_live_one_and_the_oldest_first(self, machine: Machine):
        live = machine.begin("app")
        for number in range(12):
            live.write_text(f"{number}\n")
            machine.rotate(live)
        live.write_text("12\n")
        listed = [Path(path).read_text() for path in paths(machine.source())]
        assert listed == [f"{number}\n" for number in range(12 - len(listed) + 1, 13)]
        assert len(listed) > 3

    def test_as_long_as_nothing_changes_the_same_objects_are_given(self, machine: Machine):
        machine.rotate(machine.begin("one"))
        machine.begin("two")
        source = machine.source()
        first = list(source.files())
        assert len(first) == 3
        assert all(a is b for a, b in zip(first, source.files(), strict=True))

    def test_a_rename_leaves_a_file_with_its_container(self, machine: Machine):
        """Whose it is, and what names it in document IDs; of another container's both differ."""
        live, source = machine.begin("one"), machine.source()
        before = only(source, live)
        rotated = only(source, machine.rotate(live))
        assert rotated.container == before.container
        assert rotated.container_key == before.container_key == only(source, live).container_key
        other = only(source, machine.begin("two"))
        assert other.container != before.container
        assert other.container_key != before.container_key

    def test_what_is_listed_is_covered_and_stands_beneath_its_root(self, machine: Machine):
        source = machine.source()
        machine.rotate(machine.begin("one"))
        files = list(source.files())
        assert len(files) == 2
        for file in files:
            assert source.covers(file.path)
            assert file.path.startswith(f"{file.root}/")
            assert str(Path(file.path).parent) in set(source.folders())
        assert not source.covers("/somewhere/else/0.log")

    def test_a_root_that_is_missing_is_named_until_it_is_there(self, machine: Machine):
        live = machine.begin("one")
        aside = machine.root.rename(machine.root.with_name("aside"))
        source = machine.source()
        assert paths(source) == []
        assert list(source.unreadable) == [str(machine.root)]
        aside.rename(machine.root)
        assert paths(source) == [str(live)]
        assert dict(source.unreadable) == {}

    def test_a_name_that_is_no_text_is_named_and_no_other_suffers(self, machine: Machine):
        live, source = machine.begin("one"), machine.source()
        odd = Path(live.parent, "\udcff.log")
        odd.touch()
        for _ in range(2):
            assert paths(source) == [str(live)]
            assert list(source.unreadable.values()) == ["its name is not UTF-8"]

    def test_no_container_of_another_source_has_the_same_key(self, machine: Machine):
        """A pod's key has an underscore before its first slash; no other source's has."""
        file = only(machine.source(), machine.begin("one"))
        beginning = file.container_key.partition("/")[0]
        assert ("_" in beginning) is (file.key == "")


def only(source: Source, path: Path) -> LogFile:
    (file,) = (file for file in source.files() if file.path == str(path))
    return file
