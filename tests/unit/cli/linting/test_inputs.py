"""Files and standard input as blocks of whole lines."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.cli.linting import inputs
from clew.cli.linting.inputs import BLOCK_BYTES, LONGEST_BYTES, Input, UnreadableError, whole_lines

LINE = b"paid " * 20 + b"\n"


def read(path: Path) -> bytes:
    with Input(str(path)) as opened:
        blocks = [block for block in opened.lines() if block is not None]
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    return b"".join(blocks)


@pytest.mark.parametrize("content", [b"", b"paid", b"\n", LINE * 50_000, LINE * 50_000 + b"torn"])
def test_a_file_is_read_whole(tmp_path: Path, content: bytes):
    (tmp_path / "plain").write_bytes(content)
    (tmp_path / "packed").write_bytes(gzip.compress(content))
    assert read(tmp_path / "plain") == content
    assert read(tmp_path / "packed") == content


def test_gzip_of_several_members_is_read_whole(tmp_path: Path):
    """As logrotate and the kubelet leave it where they append."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(LINE) + gzip.compress(LINE * 3))
    assert read(tmp_path / "a.gz") == LINE * 4


def test_bytes_are_told_as_they_stand_on_the_disk(tmp_path: Path):
    packed = gzip.compress(LINE * 50_000)
    (tmp_path / "a.gz").write_bytes(packed)
    told: list[int] = []
    with Input(str(tmp_path / "a.gz"), told.append) as opened:
        assert sum(len(block or b"") for block in opened.lines()) == 50_000 * len(LINE)
    assert sum(told) == len(packed)


def test_what_was_read_before_damage_is_there(tmp_path: Path):
    content = LINE * 30_000 + os.urandom(BLOCK_BYTES)
    (tmp_path / "a.gz").write_bytes(gzip.compress(content)[: -BLOCK_BYTES // 2])
    blocks: list[bytes | None] = []
    with (
        Input(str(tmp_path / "a.gz")) as opened,
        pytest.raises(UnreadableError, match="damaged gzip"),
    ):
        blocks.extend(opened.lines())
    assert blocks


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"\x28\xb5\x2f\xfdpacked", "zstd -dc {} | clew lint"),
        (b"BZhpacked", "bzip2 -dc {} | clew lint"),
        (b"\xfd7zXZpacked", "xz -dc {} | clew lint"),
        (b"PK\x03\x04packed", "unzip -p {} | clew lint"),
        ("paid\n".encode("utf-16"), "iconv -f UTF-16 -t UTF-8 {} | clew lint"),
    ],
)
def test_what_is_no_text_is_told_with_what_to_do(tmp_path: Path, content: bytes, remedy: str):
    file = tmp_path / "log"
    file.write_bytes(content)
    with pytest.raises(UnreadableError, match=re.escape(remedy.format(file))):
        Input(str(file))


def test_what_is_no_file_is_told_with_what_to_do(tmp_path: Path):
    with pytest.raises(UnreadableError, match="there is no such file"):
        Input(str(tmp_path / "absent"))
    with pytest.raises(UnreadableError, match=rf"a folder; name its files: clew lint {tmp_path}/"):
        Input(str(tmp_path))


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch):
    """The kernel's answer is made up: root, who may read everything, runs tests too."""

    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnreadableError, match="you may not read it; try: sudo cat /secret"):
        Input("/secret")


def test_quiet_is_told_and_reading_goes_on(monkeypatch: pytest.MonkeyPatch):
    """What was kept back for lines that could go on with it is let go then."""
    monkeypatch.setattr(inputs, "QUIET_SECONDS", 0)
    receiver, sender = os.pipe()
    os.write(sender, b"one\n")
    with Input(f"/dev/fd/{receiver}") as opened:
        lines = opened.lines()
        assert [next(lines), next(lines)] == [b"one\n", None]
        os.write(sender, b"two\nthr")
        assert next(block for block in lines if block) == b"two\n"
        os.write(sender, b"ee\n")
        assert next(block for block in lines if block) == b"three\n"
        os.close(sender)
        assert [*lines] == []
    os.close(receiver)


@given(st.lists(st.lists(st.sampled_from([b"a", b"bc", b"\n"])).map(b"".join)))
def test_blocks_end_with_lines_and_lose_nothing(blocks: list[bytes]):
    found = [*whole_lines(iter(blocks))]
    assert b"".join(block or b"" for block in found) == b"".join(blocks)
    assert all(block and block.endswith(b"\n") for block in found[:-1])


def test_of_a_line_without_end_only_the_beginning_is_kept():
    """And what comes behind it is a line of its own."""

    def endless() -> Iterator[bytes]:
        yield b"first\n"
        for _ in range(3 * LONGEST_BYTES // BLOCK_BYTES):
            yield b"x" * BLOCK_BYTES
        yield b"end\nnext\n"
        yield b"last\n"

    first, long, following, last = whole_lines(endless())
    assert (first, following, last) == (b"first\n", b"next\n", b"last\n")
    assert long is not None
    assert LONGEST_BYTES < len(long) <= LONGEST_BYTES + BLOCK_BYTES + 1
    assert long.count(b"\n") == 1


def test_a_line_that_was_too_long_may_be_the_last():
    blocks = [b"x" * (LONGEST_BYTES + 1), b"y", b"\n"]
    assert [*whole_lines(iter(blocks))] == [blocks[0] + b"\n"]
