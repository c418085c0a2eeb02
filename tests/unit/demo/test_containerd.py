from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.demo.containerd import PIECE_BYTES, ContainerLog, Framer, format_runtime_time
from tests.support.set_clock import SetClock

SECOND = 1_000_000_000
TIME = "2024-01-31T23:59:10.5Z"
NOW = 1_706_745_550 * SECOND + SECOND // 2


@pytest.fixture
def log(tmp_path: Path):
    log = ContainerLog(tmp_path / "shop_pod_uid" / "order" / "0.log", SetClock(NOW))
    yield log
    log.close()


def written(log: ContainerLog) -> list[str]:
    return log.path.read_text().split("\n")[:-1]


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (NOW, TIME),
        (NOW - SECOND // 2, "2024-01-31T23:59:10Z"),
        (NOW + 1, "2024-01-31T23:59:10.500000001Z"),
        (NOW - SECOND // 2 + 1000, "2024-01-31T23:59:10.000001Z"),
    ],
)
def test_go_trims_the_zeros_of_a_fraction(nanoseconds: int, text: str):
    """A timestamp has as many digits as it needs, and no point where it needs none."""
    assert format_runtime_time(nanoseconds) == text


def test_short_line(log: ContainerLog):
    """A line is one F with its time and stream."""
    log.write("stdout", b"open for business\n")
    assert log.path.read_bytes() == f"{TIME} stdout F open for business\n".encode()


def test_empty_line(log: ContainerLog):
    """An empty line is an F with nothing in it, and the space before the nothing stays."""
    log.write("stdout", b"\n\r\n")
    assert log.path.read_bytes() == f"{TIME} stdout F \n".encode() * 2


@pytest.mark.parametrize(
    ("length", "pieces"),
    [
        (PIECE_BYTES - 1, [("F", PIECE_BYTES - 1)]),
        (PIECE_BYTES, [("F", PIECE_BYTES)]),
        (PIECE_BYTES + 1, [("P", PIECE_BYTES), ("F", 1)]),
        (2 * PIECE_BYTES, [("P", PIECE_BYTES), ("F", PIECE_BYTES)]),
        (40_000, [("P", PIECE_BYTES), ("P", PIECE_BYTES), ("F", 7232)]),
    ],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_long_line_is_cut(
    log: ContainerLog, length: int, pieces: list[tuple[str, int]], newline: bytes
):
    """Pieces are 16 KiB and a last one; a line of exactly 16 KiB is whole, with \\r\\n too."""
    log.write("stdout", b"x" * length + newline)
    lines = (line.split(" ", 3) for line in written(log))
    assert [(tag, len(content)) for _, _, tag, content in lines] == pieces


def test_a_stream_that_ends_without_a_newline(log: ContainerLog):
    """What is left at the end is a P, and no F follows; a stream without a rest adds nothing."""
    log.write("stdout", b"one\ntwo")
    log.end("stdout")
    log.end("stderr")
    assert written(log) == [f"{TIME} stdout F one", f"{TIME} stdout P two"]


def test_streams_interleave(log: ContainerLog):
    """Each stream is put together on its own; both stand in one file in the order of writing."""
    log.write("stdout", b"o" * (PIECE_BYTES + 2))
    log.write("stderr", b"oops\n")
    log.write("stdout", b"!\n")
    lines = [line.split(" ", 3)[1:] for line in written(log)]
    assert lines == [
        ["stdout", "P", "o" * PIECE_BYTES],
        ["stderr", "F", "oops"],
        ["stdout", "F", "oo!"],
    ]


def test_lines_after_a_reopen_stand_in_a_new_file(log: ContainerLog):
    """Until it reopens, the runtime writes into the renamed file."""
    renamed = log.path.with_name("0.log.20240131-235910")
    log.write("stdout", b"one\n")
    log.path.rename(renamed)
    log.write("stdout", b"two\n")
    log.reopen()
    log.write("stdout", b"three\n")
    assert [len(file.read_text().splitlines()) for file in (renamed, log.path)] == [2, 1]


@given(
    lines=st.lists(
        st.builds(
            lambda text, times: text * times,
            st.binary(max_size=5).map(lambda text: text.replace(b"\n", b"\r")),
            st.sampled_from([1, 3277, 8192, 16384]),
        ),
        max_size=4,
    ),
    cuts=st.lists(st.integers(1, 20_000), max_size=5),
)
def test_how_bytes_arrive_makes_no_difference(lines: list[bytes], cuts: list[int]):
    """A stream gives the same pieces at one go and in any parts, and none is too long."""
    data = b"\n".join(lines)
    at_once, in_parts = Framer(), Framer()
    expected = [*at_once.feed(data), *at_once.end()]
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [
        piece
        for start, end in itertools.pairwise(edges)
        for piece in in_parts.feed(data[start:end])
    ]
    assert [*pieces, *in_parts.end()] == expected
    assert all(len(content) <= PIECE_BYTES for _, content in expected)
