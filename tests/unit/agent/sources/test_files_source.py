from __future__ import annotations

from pathlib import Path

import pytest

from agent.sources.files import Files, Group
from agent.sources.log_file import Layout, LogFile
from clew.wire.batch import Container


def make(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def files_of(root: Path, *globs: str, exclude: tuple[str, ...] = ()) -> list[LogFile]:
    group = Group([f"{root}/{glob}" for glob in globs], exclude)
    return list(Files([group], "node_a").files())


def listed(root: Path, *globs: str, exclude: tuple[str, ...] = ()) -> list[str]:
    files = files_of(root, *globs, exclude=exclude)
    return [str(Path(file.path).relative_to(root)) for file in files]


def test_what_is_configured_is_said_of_the_files(tmp_path: Path):
    make(tmp_path, "till.log")
    group = Group([f"{tmp_path}/*.log"], (), "till", "shop", (("tier", "front"),))
    (file,) = Files([group], "node_a", "north").files()
    assert file.container == Container(
        namespace="shop",
        pod="node_a",
        uid="",
        name="till",
        restart=0,
        node="node_a",
        workload="",
        cluster="north",
        labels=(("tier", "front"),),
        service="till",
    )
    assert (file.layout, file.root) == (Layout.PLAIN, str(tmp_path))
    assert file.container_key == f"files/node_a{tmp_path}/till.log"


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("a.log", ["a.log"]),
        ("*.log", ["a.log"]),
        ("*/*.log", ["x/b.log"]),
        ("**/*.log", ["a.log", "x/b.log", "x/y/c.log"]),
        ("x/**/c.log", ["x/y/c.log"]),
        ("[xz]/?.log", ["x/b.log"]),
    ],
)
def test_patterns(tmp_path: Path, glob: str, found: list[str]):
    make(tmp_path, "a.log", "notes.txt", "x/b.log", "x/y/c.log")
    assert listed(tmp_path, glob) == found


def test_rotated_files_are_found_beside_the_live_one(tmp_path: Path):
    """Also where it is gone, and those that the pattern would match are no files of their own."""
    make(tmp_path, "a.log", "a.log.1", "a.log.2.gz", "b.log-20230129", "c.log.1.bz2")
    assert listed(tmp_path, "*") == ["a.log.2.gz", "a.log.1", "a.log", "b.log-20230129"]
    files = files_of(tmp_path, "*.log")
    assert [file.rotated for file in files] == [True, True, False, True]
    assert [file.compressed for file in files] == [True, False, False, False]
    assert len({file.container_key for file in files}) == 2


def test_what_is_excluded_is_left_out(tmp_path: Path):
    make(tmp_path, "a.log", "debug.log", "debug.log.1", "x/b.log")
    exclude = ("debug.log*", f"{tmp_path}/x/*")
    assert listed(tmp_path, "**/*.log", exclude=exclude) == ["a.log"]


def test_a_file_belongs_to_the_first_group_that_names_it(tmp_path: Path):
    make(tmp_path, "a.log", "b.log")
    groups = [
        Group([f"{tmp_path}/a.log"], service="first"),
        Group([f"{tmp_path}/*.log"], service="second"),
    ]
    files = list(Files(groups, "here").files())
    assert [file.container.service for file in files] == ["first", "second"]


def test_a_folder_that_links_to_one_above_is_not_walked_for_ever(tmp_path: Path):
    make(tmp_path, "x/a.log")
    (tmp_path / "x/up").symlink_to(tmp_path)
    assert listed(tmp_path, "**/*.log") == ["x/a.log"]


def test_a_folder_with_the_name_of_a_log_is_none(tmp_path: Path):
    make(tmp_path, "x.log/a.log")
    assert listed(tmp_path, "*.log") == []


def test_what_a_pattern_covers(tmp_path: Path):
    """A checkpoint keeps what is not followed at present: so it is asked of paths alone."""
    source = Files([Group([f"{tmp_path}/**/*.log"], ("debug*",))], "here")
    assert source.covers(f"{tmp_path}/a.log")
    assert source.covers(f"{tmp_path}/x/y/a.log.1.gz")
    assert not source.covers(f"{tmp_path}/x/debug.log")
    assert not source.covers(f"{tmp_path}/a.txt")
    assert not source.covers(f"{tmp_path}-old/a.log")
