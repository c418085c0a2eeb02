"""What stands round lines, and which number a line has."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.cli.linting.layouts import Lines, find_layout

TIME = b"2023-01-29T08:42:09.736442008Z"
CRI = TIME + b" stdout F paid\n"
DOCKER = b'{"log":"paid\\n","stream":"stdout","time":"2023-01-29T08:42:09.736442008Z"}\n'


def numbered(layout: str | None, *blocks: bytes) -> list[tuple[int, bytes]]:
    lines = Lines(layout)
    taken = [*map(lines.take, blocks), lines.end()]
    return [pair for each in taken for pair in zip(each.offsets, each.contents, strict=True)]


@pytest.mark.parametrize(
    ("block", "layout"),
    [
        (CRI, "cri"),
        (DOCKER, "docker"),
        (b"paid\n", "plain"),
        (b"", "plain"),
        (b"\n\n", "plain"),
        (b"\0\0\0" + CRI, "cri"),
        (b"torn\n" + CRI * 2, "cri"),
        (b"torn\n" + DOCKER * 2, "docker"),
        (b'{"log":"paid","level":"info","time":"10:00"}\n', "plain"),
        (b'{"msg":"paid","time":"2023-01-29T08:42:09Z"}\n', "plain"),
        (TIME + b" INFO paid\n", "plain"),
        (b"2023-01-29T08:42:09Z stdout and stderr\n", "plain"),
        (b"\xff\xfe\n", "plain"),
        (b"[" * 5000 + b"\n", "plain"),
    ],
)
def test_the_first_lines_tell_what_stands_round_them(block: bytes, layout: str):
    """Also where one of them is damaged."""
    assert find_layout(block) == layout


def test_pieces_of_a_line_have_the_number_of_the_first():
    block = TIME + b" stdout P pa\n" + TIME + b" stderr F other\n" + TIME + b" stdout F id\n"
    assert sorted(numbered(None, CRI + block)) == [(1, b"paid"), (2, b"paid"), (3, b"other")]


def test_a_stack_trace_has_the_number_of_its_first_line():
    assert numbered(
        None, b"before\nERROR failed\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\nafter"
    ) == [
        (1, b"before"),
        (2, b"ERROR failed\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)"),
        (5, b"after"),
    ]


def test_an_object_over_several_lines_is_one():
    pretty = json.dumps({"level": "info", "message": "paid"}, indent=2).encode()
    assert numbered(None, pretty + b"\n" + pretty) == [(1, pretty), (5, pretty)]


def test_a_line_behind_nuls_has_its_own_number():
    assert numbered("plain", b"one\n\0\0two\n") == [(1, b"one"), (2, b"two")]


def test_a_line_that_a_runtime_is_just_writing_is_left_out():
    lines = Lines()
    assert lines.take(CRI + TIME + b" stdout F pa").contents == []  # it may go on
    assert lines.end().contents == [b"paid"]
    assert (lines.torn, lines.physical) == (True, 1)


def test_a_line_whose_last_piece_never_comes_is_taken():
    assert numbered(None, CRI + TIME + b" stdout P pa\n") == [(1, b"paid"), (2, b"pa")]


def test_what_no_runtime_wrote_is_said_to_be_that():
    lines = Lines("cri")
    framed = [lines.take(b"paid\n"), lines.end()]
    [rejection] = [odd.rejection for each in framed for odd in each.odd.values()]
    assert rejection is not None
    assert rejection.reason == "bad_framing"


CHOICES = st.lists(
    st.sampled_from(
        [
            CRI,
            TIME + b" stdout P piece \n",
            TIME + b" stderr P other piece \n",
            TIME + b" stderr F \tat a.B.c(B.java:1)\n",
            TIME + b" stderr F java.lang.IllegalStateException: no\n",
            b"no frame\n",
        ]
    ),
    min_size=1,
    max_size=30,
)


@given(CHOICES, st.data())
def test_numbers_do_not_depend_on_where_a_block_ends(physical: list[bytes], data: st.DataObject):
    cut = data.draw(st.integers(0, len(physical)))
    whole = numbered("cri", b"".join(physical))
    apart = numbered("cri", b"".join(physical[:cut]), b"".join(physical[cut:]))
    assert sorted(apart) == sorted(whole)


@given(CHOICES)
def test_a_number_is_that_of_a_line_that_begins_so(physical: list[bytes]):
    for number, content in numbered("cri", b"".join(physical)):
        line = physical[number - 1]
        begins = line.split(b" ", 3)[-1] if line.startswith(TIME) else line
        assert content.startswith(begins.removesuffix(b"\n"))
