"""An object that is printed over several lines becomes one; what is none stays in its lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.framing.framed import FramedLines, Oddity
from agent.framing.groups import group
from agent.framing.joining import STDERR, STDOUT
from agent.framing.objects import NESTED
from agent.framing.open_group import GROUP_BYTES, OBJECT_LINES, OpenGroups
from clew.schema.line import Flag
from tests.support.grouping import (
    GROUP,
    LIBRARIES,
    Written,
    contents_of,
    framed,
    objects,
    rows,
    through_a_checkpoint,
)
from tests.support.traces import joined, lines_of

ARRAY = [b'{"message":"no beans","error.stack_trace":[', b'\t"a.b.C: x",', b'\t"\\tat a.b.C.d"]}']
INDENTED = [b"{", b'  "message": "x",', b'  "labels": {', b'    "a": [1, 2]', b"  }", b"}"]
INFO = b"10:00:00 INFO next order"


@given(objects)
def test_an_object_is_one_line(printed: list[bytes]):
    """However deep it is, however it is indented, and whatever its strings say."""
    assert joined(lines_of(b"\n".join([INFO, *printed, INFO]))) == [
        (INFO, 1),
        (b"\n".join(printed), len(printed)),
        (INFO, 1),
    ]


@given(objects, st.integers(1, 100))
def test_an_object_without_its_end_is_the_lines_that_it_was(printed: list[bytes], count: int):
    """They become what they would be without an object: indented lines, one behind the other."""
    assume(count < len(printed))
    first, *others = printed[:count]
    assert contents_of(first, *others) == [first, *(contents_of(*others) if others else [])]


TOGETHER = [
    ARRAY,
    INDENTED,
    [b'{"a":{"b":1},', b' "c":"}"}'],
    [b"{", b'\t"instant" : {', b'\t\t"epochSecond" : -1.5E+3', b"\t}", b"}"],
    [b'{"a":[{', b"  ", b'"b":NaN}'.rjust(12), b"]}"],
]


@pytest.mark.parametrize("written", TOGETHER, ids=lambda written: written[-1].decode())
def test_what_an_application_prints_is_joined(written: list[bytes]):
    """Also with carriage returns, which stay, and several in a row."""
    assert contents_of(*written) == [b"\n".join(written)]
    assert contents_of(*(line + b"\r" for line in written)) == [b"\r\n".join(written) + b"\r"]
    assert contents_of(*written, *written, INFO) == [*[b"\n".join(written)] * 2, INFO]


APART = [
    [b"{", b'  "x": 1', INFO],
    [b"{", b"  name: 'as Node inspects it',", b"}"],
    [b'{"a":[', b'{"b":1}', b"]}"],
    [b'{"a":[', b'"not indented"]}'],
    [b'{"a":[', b"  2023-01-29T08:42:09Z ERROR as Rust indents it", b"]}"],
    [b'{"a":[', b"  2023-01-29", b"]}"],
    [b'{"a":[', b"  08:42:09", b"]}"],
    [b'{"a":[', b"  WARN", b"]}"],
    [b'{"a":[', b'  "begun', b'  and ended"', b"]}"],
    [b'{"a":[', b"  1", b"}"],
    [b'{"a":[', b"  1", b"]}}"],
    [b'{"a":[', b"  1", b"]} and text"],
    [b'{"a":[', b"  1]}, {", b"  }"],
    [b'{"message":"begun', b'  and ended"}'],
    [b"{orders: [", b"  1]}"],
    [b'{"a":1}', b"  ,"],
    [b"[", b"  1", b"]"],
]


@pytest.mark.parametrize("written", APART, ids=lambda written: b"|".join(written).decode())
def test_what_is_no_object_stays_in_its_lines(written: list[bytes]):
    """Text, another object, the beginning of a log line, brackets that do not match."""
    first, *others = written
    if first != b"[":
        assert contents_of(*written) == [first, *contents_of(*others)]
    assert contents_of(*written, *ARRAY)[-1] == b"\n".join(ARRAY)


@pytest.mark.parametrize("path", LIBRARIES[:2], ids=lambda path: path.parent.name)
def test_what_libraries_print(path):
    """Each object is whole, and a record: no line of it is left over."""
    contents = [content for content, _ in joined(lines_of(path.read_bytes()))]
    assert len(contents) == 10
    assert all(isinstance(json.loads(content), dict) for content in contents)


def test_an_object_outlives_a_crash_behind_each_of_its_lines():
    """What is held of it is part of the position; the line stands where its first stood."""
    open_groups: OpenGroups = {}
    for number, content in enumerate(INDENTED):
        lines = framed([(0, STDERR, content, None)])
        lines.offsets[0] = 7 + number
        found = list(rows(group(lines, open_groups)))
        open_groups = through_a_checkpoint(open_groups)
    assert open_groups == {}
    [(offset, _, output, content, oddity)] = found
    assert (offset, output, oddity) == (7, STDERR, Oddity(len(INDENTED)))
    assert content == b"\n".join(INDENTED)


def test_only_the_last_line_of_a_stream_is_kept_back():
    """Other objects around it come at once, in whichever order the streams stand."""
    for output in (STDOUT, STDERR):
        open_groups: OpenGroups = {}
        lines = [b"{}", b'{"a":[', b"{}", b'{"b":[', b"{}", b"{}"]
        outputs = [output, output, 1 - output, output, 1 - output, 1 - output]
        written: list[Written] = [
            (0, of, line, None) for of, line in zip(outputs, lines, strict=True)
        ]
        assert group(framed(written), open_groups).contents == [*lines[:3], *lines[4:]]
        assert [(of, bytes(each.content)) for of, each in open_groups.items()] == [
            (output, b'{"b":[')
        ]


def test_lines_of_another_stream_stand_between():
    turns: list[Written] = [
        (0, output, line, None) for line in INDENTED for output in (STDOUT, STDERR)
    ]
    assert joined(framed(turns)) == [(b"\n".join(INDENTED), len(INDENTED))] * 2


def test_an_object_is_waited_for_as_long_as_a_trace():
    assert contents_of(*ARRAY, gap=GROUP) == [b"\n".join(ARRAY)]
    assert contents_of(*ARRAY, gap=GROUP + 1) == ARRAY


def test_what_framing_objects_to_is_no_part_of_an_object():
    """Neither its first line, nor another one."""
    for place in range(len(ARRAY)):
        written: list[Written] = [(0, STDERR, line, None) for line in ARRAY]
        written[place] = (0, STDERR, ARRAY[place], Oddity(2, Flag.UNFINISHED))
        found = rows(group(framed(written), {}, close=True))
        assert all(not content.startswith(ARRAY[0] + b"\n") for *_, content, _ in found)


def test_an_object_of_too_many_lines_is_not_joined():
    elements = [b'  "x",'] * (OBJECT_LINES - 3)
    whole = [b'{"a":[', *elements, b'  "x"', b"]}"]
    assert len(contents_of(*whole)) == 1
    first, *others = [b'{"a":[', b'  "x",', *whole[1:]]
    assert contents_of(first, *others) == [first, *contents_of(*others)]


def test_an_object_of_too_many_bytes_is_not_joined():
    whole = [b'{"a":[', b'  "' + b"x" * (GROUP_BYTES - len(b'{"a":[\n  ""\n]}')) + b'"', b"]}"]
    assert list(map(len, contents_of(*whole))) == [GROUP_BYTES]
    first, *others = [*whole[:2], b" ]}"]
    assert contents_of(first, *others) == [first, *contents_of(*others)]


def test_an_object_nested_too_deep_is_not_joined():
    for deep, lines in ((NESTED, 1), (NESTED + 1, 3)):
        opened = b'{"a":' + b"[" * (deep - 1)
        assert len(contents_of(opened, b" 1", b"]" * (deep - 1) + b"}", INFO)) == lines + 1


@pytest.mark.parametrize(
    "part", [b'"', b'\\"', b"\\", b"[", b"[]", b"{}", b'"" ', b"1", b"-", b"1e", b" ", b",", b'":']
)
@pytest.mark.timeout(20)
def test_no_line_takes_for_ever(part: bytes):
    """A mebibyte that resembles JSON is looked through once, not once for each of its bytes."""
    for line in (b"{" + part * (500_000 // len(part)) + b"[", b" " + part * (500_000 // len(part))):
        found = contents_of(b'{"a":[', line, INFO)
        assert b"\n".join(found) == b"\n".join([b'{"a":[', line, INFO])


def test_nothing_is_kept_back_of_what_cannot_go_on():
    """Text in braces, and an object that was cut off, come at once."""
    for content in (b"{cart}", b'{"message":"cut o', b"{not JSON, but open: [", b'{"a":1}\r'):
        open_groups: OpenGroups = {}
        lines = framed([(0, STDERR, content, None)])
        assert group(lines, open_groups).contents == [content]
        assert (open_groups, group(FramedLines(), open_groups).contents) == ({}, [])
