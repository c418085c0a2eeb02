"""A file is known by its first line: under every name, compressed or not, and wherever it is."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.files import FileChangedError, OpenedLog, look_at
from agent.sources.kubernetes import Kubernetes
from agent.sources.log_file import LogFile
from clew.schema.document import FIRST_LINE_BYTES, generation
from tests.support.log_files import START, LogWriter, cri_line

FIRST = cri_line(START, "stdout", "F", b"the first line")


def only_file(root: Path) -> LogFile:
    (file,) = Kubernetes([root], "here").files()
    return file


def name_in(root: Path) -> str:
    """The generation of the one file in a tree."""
    sighting = look_at(only_file(root))
    assert sighting is not None
    return sighting.generation


@pytest.fixture
def log(tmp_path: Path):
    log = LogWriter(tmp_path / "pods")
    yield log
    log.close()


def test_a_name_outlives_everything(tmp_path: Path, log: LogWriter):
    """Growing, renamed, compressed, or copied with its tree to another node: the same file."""
    log.append(FIRST)
    name = name_in(tmp_path / "pods")
    assert name == generation("shop_cart-0_0c1/cart/0", FIRST[:-1])
    log.write(b"another line")
    assert name_in(tmp_path / "pods") == name
    shutil.copytree(tmp_path / "pods", tmp_path / "copy" / "node-b" / "var/log/pods")
    assert name_in(tmp_path / "copy") == name
    rotated = log.rename()
    assert name_in(tmp_path / "pods") == name
    log.compress(rotated)
    assert name_in(tmp_path / "pods") == name


def test_other_files_have_other_names(tmp_path: Path, log: LogWriter):
    """Another restart of the container is another file, with the very same bytes too."""
    log.append(FIRST)
    name = name_in(tmp_path / "pods")
    log.path.rename(log.folder / "1.log")
    assert name_in(tmp_path / "pods") != name


@pytest.mark.parametrize("content", [b"", b"2023-01-29T08", FIRST[:-1]])
@pytest.mark.parametrize("compressed", [False, True])
def test_an_incomplete_first_line(tmp_path: Path, log: LogWriter, content: bytes, compressed: bool):
    """A file without a whole line has no name yet."""
    log.append(content)
    if compressed:
        log.compress(log.rename())
    assert look_at(only_file(tmp_path / "pods")) is None


def test_a_first_line_that_goes_on(tmp_path: Path, log: LogWriter):
    """Of a long first line the beginning is enough, so that its name is there before its end."""
    long = b"x" * FIRST_LINE_BYTES
    log.append(long[:-1])
    assert look_at(only_file(tmp_path / "pods")) is None
    log.append(b"x")
    name = name_in(tmp_path / "pods")
    log.append(b"x" * 100_000 + b"\n")
    assert name_in(tmp_path / "pods") == name


@pytest.mark.parametrize("compressed", [False, True])
def test_size_and_ranges_count_what_was_written(tmp_path: Path, log: LogWriter, compressed: bool):
    """Offsets in a compressed file are those of the file it was made from."""
    log.append(FIRST)
    log.append(b"abc" * 100_000)
    if compressed:
        log.compress(log.rename())
    file = only_file(tmp_path / "pods")
    sighting = look_at(file)
    assert sighting is not None
    assert sighting.size == len(FIRST) + 300_000
    opened = OpenedLog(file, sighting.generation)
    assert opened.first_line == FIRST[:-1]
    assert opened.read(len(FIRST) + 250_001, 5) == b"cabca"
    assert opened.read(0, 5) == FIRST[:5]
    assert opened.read(len(FIRST) + 299_999, 5) == b"c"
    assert opened.read(sighting.size, 5) == b""


def test_a_gzip_of_several_members(tmp_path: Path, log: LogWriter):
    """All of them count; the size in the last bytes is that of the last one only."""
    log.path.unlink()
    path = log.folder / "0.log.20230129-080000.gz"
    path.write_bytes(gzip.compress(FIRST * 3) + gzip.compress(FIRST))
    sighting = look_at(only_file(tmp_path / "pods"))
    assert sighting is not None
    assert sighting.size == 4 * len(FIRST)


def test_another_file_under_the_path(tmp_path: Path, log: LogWriter):
    """It is not read for the one that was there, neither by a new name nor by an open one."""
    log.append(FIRST)
    file, name = only_file(tmp_path / "pods"), name_in(tmp_path / "pods")
    opened = OpenedLog(file, name)
    for content in (b"", b"the first line of another file"):
        log.truncate()
        log.write(content) if content else None
        with pytest.raises(FileChangedError):
            OpenedLog(file, name)
        with pytest.raises(FileChangedError):
            opened.read(0, 100)


def test_an_open_file_outlives_its_names(tmp_path: Path, log: LogWriter):
    """Renamed, compressed away or deleted: what stood in it is read, and what is written later."""
    log.append(FIRST)
    opened = OpenedLog(only_file(tmp_path / "pods"), name_in(tmp_path / "pods"))
    log.compress(log.rename())
    log.append(b"late")
    assert opened.read(0, 1000) == FIRST + b"late"
    assert opened.status().st_nlink == 0


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir])
def test_what_is_no_file(tmp_path: Path, log: LogWriter, make: Callable[[Path], None]):
    """A pipe or a folder under a log's name is refused, and holds nobody up."""
    file = only_file(tmp_path / "pods")
    log.path.unlink()
    make(log.path)
    with pytest.raises(OSError, match=r"not a regular file|directory"):
        look_at(file)


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _wrong_sum(data: bytes) -> bytes:
    return data[:-6] + bytes([data[-6] ^ 1]) + data[-5:]


def _overwritten(data: bytes) -> bytes:
    return data[:100] + b"\xff" * 100 + data[200:]


@pytest.mark.parametrize("damage", [_cut, _wrong_sum, _overwritten, lambda _: b"no gzip at all"])
def test_a_damaged_gzip(tmp_path: Path, log: LogWriter, damage):
    """It can't be read, which is an OSError that says so."""
    for number in range(1000):
        log.write(b"%d" % number)
    compressed = log.compress(log.rename())
    compressed.write_bytes(damage(compressed.read_bytes()))
    with pytest.raises(OSError, match=r"damaged gzip|CRC check failed|Not a gzipped file"):
        look_at(only_file(tmp_path / "pods"))
