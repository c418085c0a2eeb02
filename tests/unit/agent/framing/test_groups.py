"""A stack trace becomes one line; two lines that have nothing to do with each other never do."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.framing.framed import FramedLines, Oddity
from agent.framing.groups import group
from agent.framing.joining import STDERR, STDOUT
from agent.framing.open_group import GROUP_BYTES, GROUP_LINES, HELD_LINES, OpenGroups
from clew.schema.line import Flag
from tests.support.grouping import (
    ANNOUNCED,
    GROUP,
    Row,
    Written,
    contents_of,
    framed,
    logs,
    of_stream,
    part,
    rows,
    through_a_checkpoint,
)
from tests.support.traces import OUTPUTS, joined, lines_of

ERROR, INFO = b"10:00:00 ERROR order A-17 failed", b"10:00:00 INFO next order"
TRACE = [b"java.lang.IllegalStateException: no beans", b"\tat shop.Stock.take(Stock.java:27)"]


@given(logs, st.data())
@example(
    [(0, STDERR, b"ERROR Traceback (most recent call last):", None), (0, 1, b"A: b", None)], None
)
def test_chunks_do_not_matter(written: list[Written], data: st.DataObject | None):
    """
    In one go, line by line or in any chunks, with a crash after each: each stream has the same
    lines in the same order, and the same is open at the end.
    """
    count = len(written)
    some = data.draw(st.sets(st.integers(0, count)), "cuts") if data else set()
    whole: OpenGroups = {}
    expected = list(rows(group(framed(written), whole)))
    for cuts in (some, set(range(count))):
        open_groups, lines = OpenGroups(), list[Row]()
        for start, end in pairwise(sorted(cuts | {0, count})):
            lines += rows(group(part(framed(written), start, end), open_groups))
            open_groups = through_a_checkpoint(open_groups)
        assert open_groups == whole
        for output in (STDOUT, STDERR):
            assert of_stream(lines, output) == of_stream(expected, output)


@given(logs)
def test_every_line_is_accounted_for(written: list[Written]):
    """No byte and no piece goes missing or comes twice; each line has the offset of its first."""
    lines, open_groups = framed(written), OpenGroups()
    before = list(rows(framed(written)))
    after = list(rows(group(lines, open_groups)))
    still_open = sum(open_group.pieces_open for open_group in open_groups.values())
    pieces = sum(oddity.pieces for *_, oddity in before)
    assert sum(oddity.pieces for *_, oddity in after) + still_open == pieces
    after += rows(group(FramedLines(), open_groups, close=True))
    assert open_groups == {}
    for output in (STDOUT, STDERR):
        texts = [[line[3] for line in of_stream(some, output)] for some in (before, after)]
        assert b"\n".join(texts[0]) == b"\n".join(texts[1])
        offsets = [line[0] for line in of_stream(after, output)]
        assert offsets == sorted(set(offsets))
        assert set(offsets) <= {line[0] for line in before}


@given(logs)
def test_an_object_is_joined_with_nothing_else(written: list[Written]):
    """No line goes before one that begins with a brace, and only JSON up to its end behind it."""
    open_groups = OpenGroups()
    after = [
        *rows(group(framed(written), open_groups)),
        *rows(group(FramedLines(), open_groups, close=True)),
    ]
    for content in (content for *_, content, _ in after if b"\n" in content):
        assert b"\n{" not in content
        if content.startswith(b"{"):
            brackets = re.sub(rb'"(?:[^"\\]|\\.)*"|[^{}\[\]]', b"", content)
            for _ in range(content.count(b"\n") + 1):
                brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
            assert (brackets, content.rstrip()[-1:]) == (b"", b"}")


@given(logs)
def test_what_framing_objects_to_is_never_joined(written: list[Written]):
    """A line that is rejected or unfinished is one afterwards, too, and no other is."""
    open_groups = OpenGroups()
    after = [
        *rows(group(framed(written), open_groups)),
        *rows(group(FramedLines(), open_groups, close=True)),
    ]
    objected = [
        (offset, oddity) for offset, *_, oddity in after if oddity.flags or oddity.rejection
    ]
    expected = [
        (10 * number, oddity)
        for number, (*_, oddity) in enumerate(written)
        if oddity and (oddity.flags or oddity.rejection)
    ]
    assert sorted(objected, key=lambda row: row[0]) == expected


APART = [
    [INFO, *TRACE],  # an uncaught exception below what was said last
    [
        b"connecting",
        b"Traceback (most recent call last):",
        b'  File "x.py", line 1',
        b"KeyError: 1",
    ],
    [b"10:00 INFO no error so far", *TRACE],
    [b"level=info msg=error", *TRACE],
    [ERROR, b'Exception in thread "main" a.b.C: x', b"\tat a.b.D.e(D.java:1)"],
    [ERROR, b"panic: boom"],
    [ERROR, b"java.io.IOException: printed, and nothing follows"],
    [ERROR, b"main.main is the name of a function", b"  indented"],
    [b"text", b"}"],
    [b"text", b""],
    [b"text", b"Caused by: nothing that was said before"],
    [b"10:00:00 one", b"  2023-01-29T08:42:09Z two, as Rust indents it", b" INFO three"],
    [b"{", b"  text"],
    [b"Error: x", b"10:00:00 INFO another thread", b"    at f (x.js:1:2)"],
    [ERROR, b"", b"java.io.IOException: printed, and nothing follows"],
    [INFO, b"", *TRACE],
    [b"Traceback (most recent call last):", b"", b"text"],
]
"""All but the lines from the second on, which may belong together."""


@pytest.mark.parametrize("written", APART, ids=lambda written: written[0].decode())
def test_what_may_be_unrelated_is_not_joined(written: list[bytes]):
    """The line above a trace is only taken where it announces an error, and a log line never."""
    assert contents_of(*written)[0] == written[0]


TOGETHER = [
    [ERROR, *TRACE, b"\t... 12 more", b"Caused by: java.io.IOException", b"\t... 14 more"],
    [ERROR, *TRACE, b"\t... 5 common frames omitted", b"Wrapped by: a.b.C: x", b"\tat a.b.C"],
    [b"text", b"  indented", b"\tand more", b"}"],
    [ERROR, b"main.run", b"\t/app/main.go:12", b"runtime.main", b"\t/usr/lib/go/proc.go:250 +0x1d"],
    [b"kotlin.KotlinNullPointerException", b"\tat MainKt.main(Main.kt:3)"],
    [b"scala.MatchError: 3 (of class java.lang.Integer)", b"\tat Main$.main(Main.scala:3)"],
    [b"WARN unhealthy", b"goroutine 7 [select, 5 minutes, locked to thread]:"],
    [b"future: <Task exception=E()>", b"Traceback (most recent call last):", b"  File", b"E"],
    [b"ERROR:root:Traceback (most recent call last):", b'  File "x.py", line 1', b"KeyError: 1"],
    [b"ValueError: never raised", b"",
     b"The above exception was the direct cause of the following exception:", b"",
     b"Traceback (most recent call last):", b"  File", b"shop.Refused"],
    [b"x" * 300 + b" ERROR behind long IDs", *TRACE],
    [ERROR, b"", *TRACE],
    [b"Traceback (most recent call last):", b"", b'> File "x.py", line 1, in pay', b"    pay()",
     "    └ <function pay>".encode(), b"", b'  File "x.py", line 2', b"", b"KeyError: 1"],
]  # fmt: skip


@pytest.mark.parametrize("written", TOGETHER, ids=lambda written: written[0].decode())
def test_what_belongs_together_is_joined(written: list[bytes]):
    """Also with carriage returns, which stay."""
    assert contents_of(*written) == [b"\n".join(written)]
    assert contents_of(*(line + b"\r" for line in written)) == [b"\r\n".join(written) + b"\r"]


def test_empty_lines_behind_a_trace_stay_alone():
    assert contents_of(ERROR, *TRACE, b"", b"", INFO) == [
        b"\n".join([ERROR, *TRACE]),
        b"",
        b"",
        INFO,
    ]


def test_two_traces_in_a_row_are_two():
    """The second has its own announcement, or none."""
    first = [ERROR, *TRACE]
    for second in (first, TRACE):
        assert contents_of(*first, *second) == [b"\n".join(first), b"\n".join(second)]


def test_each_stream_has_its_own_groups():
    """Two containers' worth of threads: a trace on each stream, their lines by turns."""
    one, other = (
        [ERROR, *TRACE, b"\t... 1 more"],
        [b"panic: x", b"", b"goroutine 1 [running]:", b"\tx"],
    )
    turns: list[Written] = [
        (0, output, content, None)
        for pair in zip(one, other, strict=True)
        for output, content in enumerate(pair)
    ]
    assert joined(framed(turns)) == [(b"\n".join(one), 4), (b"\n".join(other), 4)]


def test_what_comes_late_is_a_line_of_its_own():
    """Later than the runtime takes to read a trace, it only looks like one."""
    assert contents_of(b"text", b"  indented", gap=GROUP) == [b"text\n  indented"]
    assert contents_of(b"text", b"  indented", gap=GROUP + 1) == [b"text", b"  indented"]
    assert contents_of(ERROR, *TRACE, gap=ANNOUNCED) == [b"\n".join([ERROR, *TRACE])]
    assert contents_of(ERROR, *TRACE, gap=ANNOUNCED + 1) == [ERROR, b"\n".join(TRACE)]


def test_a_late_line_of_another_stream_ends_a_group():
    """One stream may be silent for good, and its last line is still not kept back."""
    open_groups = OpenGroups()
    first = group(framed([(0, STDERR, b"text", None)]), open_groups)
    assert (first.contents, list(open_groups)) == ([], [STDERR])
    later = framed([(GROUP + 1, STDOUT, b"{}", None)])
    assert group(later, open_groups).contents == [b"text", b"{}"]
    assert open_groups == {}


def test_nothing_is_kept_back_that_cannot_go_on():
    """A JSON line, an empty one and one that framing objects to come at once."""
    for content, oddity in ((b"{}", None), (b"", None), (b"text", Oddity(1, Flag.UNFINISHED))):
        open_groups = OpenGroups()
        assert group(framed([(0, STDERR, content, oddity)]), open_groups).contents == [content]
        assert open_groups == {}


@given(logs)
def test_closing_at_once_is_closing_afterwards(written: list[Written]):
    """Whoever knows that nothing follows may say so with the last chunk."""
    open_groups = OpenGroups()
    at_once = list(rows(group(framed(written), {}, close=True)))
    afterwards = list(rows(group(framed(written), open_groups)))
    afterwards += rows(group(FramedLines(), open_groups, close=True))
    for output in (STDOUT, STDERR):
        assert of_stream(at_once, output) == of_stream(afterwards, output)


def test_a_copy_does_not_grow_with_its_original():
    """What is open at a checkpoint stays as it was there."""
    open_groups = OpenGroups()
    group(framed([(0, STDERR, b"Error: x", None), (0, STDERR, b"more", None)]), open_groups)
    copy = open_groups[STDERR].copy()
    assert copy == open_groups[STDERR]
    group(framed([(0, STDERR, b"    at f (x.js:1:2)", None)]), open_groups)
    assert (bytes(copy.content), [line.content for line in copy.held]) == (b"Error: x", [b"more"])


def test_a_message_is_not_waited_for_without_end():
    """Only so many lines are held for the trace that may come."""
    message = [b"text"] * HELD_LINES
    assert contents_of(b"Error: x", *message, b"  at f") == [
        b"\n".join([b"Error: x", *message, b"  at f"])
    ]
    assert contents_of(b"Error: x", *message, b"text", b"  at f")[0] == b"Error: x"


def test_a_trace_of_too_many_lines_goes_on_as_another_line():
    """All but the last say that they are unfinished, and none is beyond the bound."""
    frames = [b"\tat a.b.C.d(C.java:1)"] * GROUP_LINES * 2
    lines = framed([(0, STDERR, content, None) for content in [*TRACE, *frames, INFO]])
    parts = [(content.count(b"\n") + 1, oddity) for *_, content, oddity in rows(group(lines, {}))]
    full = (GROUP_LINES, Oddity(GROUP_LINES, Flag.UNFINISHED))
    assert parts == [full, full, (2, Oddity(2))]


def test_a_trace_of_too_many_bytes_goes_on_as_another_line():
    """What is joined never becomes too long for a record."""
    lines = [b"Error: x", *[b"    at " + b"x" * (GROUP_BYTES // 2 - 20)] * 4]
    parts = contents_of(*lines)
    assert [len(part) <= GROUP_BYTES for part in parts] == [True, True]
    assert b"\n".join(parts) == b"\n".join(lines)


def test_a_line_too_long_for_a_record_is_left_alone():
    """It is quarantined as it is, and takes no other line with it."""
    long = b" " + b"x" * GROUP_BYTES
    assert contents_of(b"text", long, b"  indented") == [b"text", long, b"  indented"]


@pytest.mark.parametrize("byte", [b"x", b".", b"[", b"(", b")", b" ", b"a.", b"A:", b"/", b"^"])
@pytest.mark.timeout(20)
@pytest.mark.parametrize("begin", [b"", b"goroutine 1 [", b"main.f(", b"\t", b"/", b"a.b.C"])
def test_no_line_takes_for_ever(begin: bytes, byte: bytes):
    """A mebibyte that resembles a trace is looked through once, not once for each of its bytes."""
    line = begin + byte * (500_000 // len(byte)) + b"!"
    assert contents_of(line, INFO) == [line, INFO]


def test_lines_of_golden_cases_stand_by_turns_with_others():
    """Other streams in between change nothing about what a program's own lines become."""
    for path in OUTPUTS:
        printed = lines_of(path.read_bytes())
        alone = [content for content, _ in joined(lines_of(path.read_bytes()))]
        both = FramedLines()
        for offset, time, content in zip(
            printed.offsets, printed.times, printed.contents, strict=True
        ):
            both.offsets += [offset, offset + 1]
            both.times += [time, time]
            both.outputs += [STDERR, STDOUT]
            both.contents += [content, b"{}"]
        assert [content for content, _ in joined(both) if content != b"{}"] == alone
