"""Whoever lists only the folders that hints name sees the tree as it is, whatever happens in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.hints import NEW_DEPTH, Hints

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux")

PLACES = [f"{pod}/{container}" for pod in "ab" for container in "cd"]
FOLDERS = st.sampled_from(["a", "b", *PLACES])
FILES = st.sampled_from([f"{place}/{name}" for place in PLACES for name in ("0.log", "1.log")])
CHANGES = st.one_of(
    st.tuples(st.just("look"), st.just("")),
    st.tuples(st.just("make"), FOLDERS),
    st.tuples(st.just("remove"), FOLDERS),
    st.tuples(st.just("move away"), FOLDERS),
    st.tuples(st.just("move back"), FOLDERS),
    st.tuples(st.just("write"), FILES),
    st.tuples(st.just("delete"), FILES),
    st.tuples(st.just("rotate"), FILES),
)


class Disk:
    """Folders of pods and containers, and a place beside them that nobody looks at."""

    def __init__(self, folder: Path) -> None:
        self.root, self._elsewhere = folder / "root", folder / "elsewhere"
        self.root.mkdir()
        self._elsewhere.mkdir()

    def change(self, what: str, where: str) -> None:
        """What can't be done at present, is not."""
        path, away = self.root / where, self._elsewhere / where.replace("/", "-")
        try:
            match what:
                case "make":
                    path.mkdir(parents=True)
                case "remove":
                    shutil.rmtree(path)
                case "move away":
                    path.rename(away)
                case "move back":
                    away.rename(path)
                case "write":
                    path.touch()
                case "delete":
                    path.unlink()
                case "rotate":
                    path.rename(f"{path}.20230129-134640")
        except OSError:
            pass

    def tree(self) -> dict[str, set[str]]:
        return {path: {*folders, *files} for path, folders, files in os.walk(self.root)}


class Looker:
    """Lists the folders it is told of, and those it did not know."""

    def __init__(self, root: Path, hints: Hints) -> None:
        self._root, self._hints = str(root), hints
        self.seen: dict[str, set[str]] = {}

    async def look(self, meanwhile: Callable[[], None]) -> None:
        """Until nothing more is told; something happens between the first listing and its watch."""
        self._list_where(await self._taken())
        meanwhile()
        self._hints.watch(self.seen)
        while (taken := await self._taken()) != set():
            self._list_where(taken)
            self._hints.watch(self.seen)

    async def _taken(self) -> set[str] | None:
        for _ in range(3):  # the loop reads what the kernel has
            await asyncio.sleep(0)
        return self._hints.take()

    def _list_where(self, taken: set[str] | None) -> None:
        before = self.seen if taken is not None else {}
        self.seen = {}
        self._list(self._root, before, taken or set())

    def _list(self, path: str, before: dict[str, set[str]], changed: set[str]) -> None:
        names = before.get(path)
        if names is None or path in changed:
            try:
                names = set(os.listdir(path))  # noqa: PTH208
            except (NotADirectoryError, FileNotFoundError):
                return
        self.seen[path] = names
        for name in names:
            self._list(f"{path}/{name}", before, changed)


@given(changes=st.lists(CHANGES, max_size=40))
@settings(max_examples=100)
def test_what_is_listed_where_hints_say_is_all_there_is(changes: list[tuple[str, str]]):
    """Through folders that go, come back as others, and are moved with all that is in them."""
    assert NEW_DEPTH == 2  # as deep as these trees

    async def run(disk: Disk) -> None:
        hints = Hints()
        looker = Looker(disk.root, hints)
        try:
            coming = iter([*changes, ("look", "")])
            for what, where in coming:
                if what == "look":
                    await looker.look(partial(disk.change, *next(coming, ("look", ""))))
                    assert looker.seen == disk.tree()
                else:
                    disk.change(what, where)
        finally:
            hints.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Disk(Path(folder))))
