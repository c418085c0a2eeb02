from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from agent.identity.book import VERSION, Book
from agent.identity.content import HEAD_BYTES
from agent.identity.identities import Identities
from agent.sources.birth import birth_time
from agent.sources.files import Files, Group
from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import SECOND
from tests.support.rotation import compress, rotate
from tests.support.set_clock import SetClock

BANNER = b"=" * 2 * HEAD_BYTES + b"\n"


class Watched:
    """A folder of plain logs, and an agent that is started again now and then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.live = folder / "app.log"
        # Late enough for every file to be settled; each look is a moment of its own.
        self.clock = SetClock(SYSTEM_CLOCK.now() + 3600 * SECOND)
        self.source = Files([Group([f"{folder}/*.log"])], "here")
        self.identities = Identities(Book(), self.clock)
        self.starts_again = False

    def look(self, followed: set[str] | None = None) -> dict[str, tuple[str, int]]:
        """Name -> generation and size of every file that has one."""
        if self.starts_again:
            self.start_again()
        self.clock.advance(1)
        files = list(self.source.files())
        self.identities.begin(files)
        found = {}
        for file in files:
            sighting = self.identities.look_at(file)
            if sighting is not None:
                found[Path(file.path).name] = (sighting.generation, sighting.size)
        self.identities.end(followed or set())
        return found

    def start_again(self) -> None:
        """Another process, with what the checkpoint has kept."""
        kept = msgspec.json.decode(msgspec.json.encode(self.identities.book), type=Book)
        self.identities = Identities(kept, self.clock)


@pytest.fixture(params=["running", "started again"])
def watched(tmp_path: Path, request: pytest.FixtureRequest) -> Watched:
    """The facts below hold for an agent that goes on, and for one that restarts at every look."""
    watched = Watched(tmp_path)
    watched.starts_again = request.param == "started again"
    return watched


def later(path: Path) -> None:
    """As if a file had been written to at another moment than the one before."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + SECOND))


def test_a_file_that_grows_keeps_its_generation(watched: Watched):
    """From its first byte on, and beyond what is hashed of it."""
    names = set()
    for size in (1, 5, 300, 900, 4000):
        with watched.live.open("ab") as file:
            file.write(b"x" * size)
        (name, seen) = watched.look()["app.log"]
        assert seen == watched.live.stat().st_size
        names.add(name)
    assert len(names) == 1


def test_an_empty_file_has_no_generation_yet(watched: Watched):
    watched.live.touch()
    assert watched.look() == {}


def test_a_renamed_file_keeps_its_generation(watched: Watched):
    """However often, and the file under its old name has another."""
    watched.live.write_bytes(b"one\n")
    first = watched.look()["app.log"]
    rotate(watched.live)
    watched.live.write_bytes(b"two\n")
    found = watched.look()
    assert found["app.log.1"] == first
    second = found["app.log"]
    assert second != first
    rotate(watched.live)
    watched.live.write_bytes(b"one\n")
    found = watched.look()
    assert (found["app.log.2"], found["app.log.1"]) == (first, second)
    assert found["app.log"] not in {first, second}


@pytest.mark.parametrize("content", [b"one\n", BANNER + b"one\n"])
def test_a_compressed_file_keeps_its_generation(watched: Watched, content: bytes):
    watched.live.write_bytes(content)
    first = watched.look()["app.log"]
    rotated = rotate(watched.live)
    assert watched.look()["app.log.1"] == first
    compress(rotated)
    assert watched.look()["app.log.1.gz"] == first
    rotate(watched.live)
    assert watched.look()["app.log.2.gz"] == first


@pytest.mark.parametrize("content", [b"one\n", BANNER + b"one\n"])
def test_the_copy_of_a_truncated_file_is_the_old_generation(watched: Watched, content: bytes):
    """With what was written behind its last look; the emptied file is a new one."""
    watched.live.write_bytes(content)
    name, _ = watched.look()["app.log"]
    with watched.live.open("ab") as file:
        file.write(b"written later\n")
    rotate(watched.live, copytruncate=True)
    watched.live.write_bytes(b"new\n")
    found = watched.look()
    assert found["app.log.1"] == (name, len(content) + 14)
    assert found["app.log"][0] != name


def test_a_truncated_file_is_a_new_generation_also_once_it_has_grown_beyond(watched: Watched):
    """Also where both begin with the same banner, longer than what is hashed."""
    watched.live.write_bytes(BANNER + b"one\n")
    name, _ = watched.look()["app.log"]
    watched.live.write_bytes(BANNER + b"two\nthree\n")
    assert watched.look()["app.log"][0] != name


def test_while_it_is_copied_a_file_has_one_generation(watched: Watched):
    """Half a copy is none; a whole one before the original is emptied is a second name of it."""
    content = BANNER + b"one\n"
    watched.live.write_bytes(content)
    first = watched.look()["app.log"]
    copy = watched.live.with_name("app.log.1")
    for length in (10, HEAD_BYTES, HEAD_BYTES + 500):
        copy.write_bytes(content[:length])
        watched.clock = watched.identities._clock = SetClock(SYSTEM_CLOCK.now())
        assert watched.look() == {"app.log": first}
    copy.write_bytes(content)
    assert watched.look() == {"app.log": first, "app.log.1": first}


def test_a_clock_that_was_set_back_delays_nothing(watched: Watched):
    """Dates that are still to come are as settled as those that are long ago."""
    watched.live.write_bytes(BANNER + b"one\n")
    name, _ = watched.look()["app.log"]
    copy = watched.live.with_name("app.log.1")
    copy.write_bytes(b"older\n")
    watched.clock = watched.identities._clock = SetClock(SYSTEM_CLOCK.now() - 3600 * SECOND)
    found = watched.look()
    assert found["app.log"][0] == name
    assert found["app.log.1"][1] == len(b"older\n")


def test_a_file_that_was_written_anew_with_the_same_bytes_is_a_new_generation(watched: Watched):
    """`echo 1 > f` twice: only the date of the file tells."""
    watched.live.write_bytes(b"1\n")
    name, _ = watched.look()["app.log"]
    watched.live.write_bytes(b"1\n")
    later(watched.live)
    assert watched.look()["app.log"][0] != name


def test_a_new_file_in_the_same_inode_is_a_new_generation(watched: Watched):
    """`echo 1 > f; rm f; echo 1 > f`, on ext4, and more behind it: it was born later."""
    watched.live.write_bytes(b"1\n")
    name, _ = watched.look()["app.log"]
    with watched.live.open("rb") as file:
        if not birth_time(file.fileno()):
            pytest.skip("this file system does not keep when a file was created")
    for home in watched.identities.book.homes.values():
        home.born -= SECOND  # as if the first one had been there for longer than a step of a clock
    watched.live.unlink()
    watched.live.write_bytes(b"1\n1\n")
    assert watched.look()["app.log"][0] != name


def test_a_write_whose_date_is_there_before_its_size_is_no_new_file(watched: Watched):
    """A file is given the time to show what was written before it is taken for another."""
    watched.live.write_bytes(b"1\n")
    first = watched.look()["app.log"]
    watched.clock = watched.identities._clock = SetClock(SYSTEM_CLOCK.now())
    later(watched.live)
    assert watched.look()["app.log"] == first
    with watched.live.open("ab") as file:
        file.write(b"2\n")
    assert watched.look()["app.log"] == (first[0], 4)


def test_two_files_with_the_same_first_bytes_are_two(watched: Watched):
    """T12: a banner says nothing; also of a rotated file that nobody has seen live."""
    watched.live.write_bytes(BANNER)
    (watched.folder / "other.log").write_bytes(BANNER)
    (watched.folder / "app.log-20230129").write_bytes(BANNER + b"older\n")
    found = watched.look()
    assert len({name for name, _ in found.values()}) == 3
    assert watched.look() == found


def test_a_device_with_another_number_changes_nothing(watched: Watched):
    """After a reboot the same disk may be another device."""
    watched.live.write_bytes(b"one\n")
    first = watched.look()["app.log"]
    book = watched.identities.book
    book.homes = {f"9{inode}": home for inode, home in book.homes.items()}
    assert watched.look()["app.log"] == first


def test_what_is_gone_is_forgotten_once_nobody_follows_it(watched: Watched):
    """The book does not grow with the files that were (T18)."""
    watched.live.write_bytes(b"one\n")
    name, _ = watched.look()["app.log"]
    watched.live.unlink()
    watched.look({name})
    assert name in watched.identities.book.generations
    watched.look()
    assert watched.identities.book == Book()


def test_a_name_is_never_given_twice_even_if_the_book_is_lost(watched: Watched):
    watched.live.write_bytes(b"one\n")
    name, _ = watched.look()["app.log"]
    watched.identities = Identities(Book(), watched.clock)
    assert watched.look()["app.log"][0] != name


def test_a_book_of_another_version_is_begun_anew(tmp_path: Path):
    book = Book(version=VERSION + 1, counters={"a": 1})
    assert Identities(book, SetClock()).book == Book()


def test_a_damaged_gzip_is_an_error(watched: Watched):
    watched.live.write_bytes(b"one\n" * 100)
    packed = compress(rotate(watched.live))
    packed.write_bytes(packed.read_bytes()[:-12])
    with pytest.raises(OSError, match="damaged gzip"):
        watched.look()


def test_a_link_out_of_the_folder_is_not_looked_at(watched: Watched, tmp_path: Path):
    secret = tmp_path.parent / f"{tmp_path.name}-secret"
    secret.write_bytes(b"secret\n")
    watched.live.symlink_to(secret)
    with pytest.raises(OSError, match="where no logs may be"):
        watched.look()


def test_a_copy_elsewhere_in_the_folder_is_a_file_of_its_own(watched: Watched):
    watched.live.write_bytes(b"one\n")
    name, _ = watched.look()["app.log"]
    shutil.copyfile(watched.live, watched.folder / "copy.log")
    assert watched.look()["copy.log"][0] != name


def test_a_file_that_was_swapped_or_emptied_after_its_look_is_not_what_was_seen(watched: Watched):
    """Asked of the opened file, before anything is read out of it."""
    watched.live.write_bytes(b"one\n")
    name, _ = watched.look()["app.log"]
    assert watched.identities.holds(name, watched.live.stat())
    with watched.live.open("ab") as file:
        file.write(b"two\n")
    assert watched.identities.holds(name, watched.live.stat())
    watched.live.write_bytes(b"")
    assert not watched.identities.holds(name, watched.live.stat())
    rotate(watched.live)
    assert not watched.identities.holds(name, watched.live.stat())
