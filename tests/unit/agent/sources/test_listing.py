from __future__ import annotations

import os
from pathlib import Path

from agent.sources.listing import SETTLED_AFTER, Listing
from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import SECOND
from tests.support.set_clock import SetClock


def looked(listing: Listing, folder: Path) -> list[str]:
    listing.begin()
    return listing.names(str(folder))


def test_unchanged_names_are_the_same_list_again(tmp_path: Path):
    """So who keeps what he made of them need not compare them."""
    clock = SetClock(SYSTEM_CLOCK.now() + SETTLED_AFTER + SECOND)
    listing = Listing(clock)
    (tmp_path / "a").touch()
    first = looked(listing, tmp_path)
    assert looked(listing, tmp_path) is first
    tmp_path.chmod(0o755)  # its dates move, its names do not
    assert looked(listing, tmp_path) is first
    assert first == ["a"]


def test_a_settled_folder_that_changes_is_read_again(tmp_path: Path):
    listing = Listing(SetClock(SYSTEM_CLOCK.now() + SETTLED_AFTER + SECOND))
    assert looked(listing, tmp_path) == []
    for number in range(100):
        (tmp_path / f"{number:02}").touch()
        assert len(looked(listing, tmp_path)) == number + 1


def test_a_folder_in_the_place_of_another_is_read(tmp_path: Path):
    """Also where its dates were set back to those of the first, as a copy does it."""
    folder = tmp_path / "pods"
    folder.mkdir()
    listing = Listing(SetClock(SYSTEM_CLOCK.now() + SETTLED_AFTER + SECOND))
    (folder / "a").touch()
    looked(listing, folder)
    status = folder.stat()
    folder.rename(tmp_path / "old")
    folder.mkdir()
    (folder / "b").touch()
    os.utime(folder, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert looked(listing, folder) == ["b"]


def test_folders_are_those_of_the_last_look(tmp_path: Path):
    listing = Listing()
    looked(listing, tmp_path)
    assert list(listing.folders()) == [str(tmp_path)]
    listing.begin()
    assert list(listing.folders()) == []
