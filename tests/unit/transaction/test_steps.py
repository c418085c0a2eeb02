from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.timestamps import parse_rfc3339
from clew.transaction.model import Line, Step
from clew.transaction.steps import arrange
from tests.support.sources import source


def steps_of(*sources: dict[str, Any]) -> tuple[list[int | None], list[Step]]:
    """The number of each line's step in the order the lines are given, and the steps."""
    lines, steps = arrange(Line(str(n), each, "direct") for n, each in enumerate(sources))
    return [line.step for line in sorted(lines, key=lambda line: int(line.id))], steps


def names(steps: list[Step]) -> list[str]:
    return [step.service for step in steps]


def test_one_visit_for_each_service_without_spans():
    """Lines without spans are one visit of each pod, in order of their first line."""
    numbers, steps = steps_of(
        source(1, "gateway"), source(2, "order"), source(3, "gateway"), source(4, "order")
    )
    assert numbers == [1, 2, 1, 2]
    assert names(steps) == ["gateway", "order"]


def test_two_pods_are_two_visits():
    """Two pods of one service are two steps."""
    numbers, steps = steps_of(
        source(1, "order"), source(2, "order", kubernetes__pod__name="order-1")
    )
    assert numbers == [1, 2]
    assert [step.pod for step in steps] == ["order-0", "order-1"]


def test_two_traces_are_two_visits():
    """A service that served two requests of one transaction was visited twice."""
    numbers, _ = steps_of(
        source(1, "order", trace__id="t1"),
        source(2, "order", trace__id="t2"),
        source(3, "order", trace__id="t1"),
        source(4, "order"),
    )
    assert numbers == [1, 2, 1, 2]


def test_span_is_a_visit():
    """Each span of a pod is a step, however its lines are mixed with those of others."""
    numbers, steps = steps_of(
        source(1, "seat", span__id="a"),
        source(2, "seat", span__id="b"),
        source(3, "seat", span__id="a"),
    )
    assert numbers == [1, 2, 1]
    assert [step.span for step in steps] == ["a", "b"]


def test_line_without_span_joins_the_visit_begun_last():
    """A line without a span belongs to the visit that began last before it, else to the next."""
    numbers, _ = steps_of(
        source(0, "seat"),
        source(1, "seat", span__id="a"),
        source(2, "seat"),
        source(3, "seat", span__id="b"),
        source(4, "seat"),
    )
    assert numbers == [1, 1, 1, 2, 2]


def test_line_without_span_joins_a_visit_of_its_trace():
    """A line without a span never joins a visit of another trace."""
    numbers, _ = steps_of(
        source(1, "seat", trace__id="t1", span__id="a"),
        source(2, "seat", trace__id="t2", span__id="b"),
        source(3, "seat", trace__id="t1"),
        source(4, "seat", trace__id="t3"),
    )
    assert numbers == [1, 2, 1, 3]


def test_inner_spans_belong_to_the_outer_one():
    """A span whose parent is a span of the same pod is part of the parent's visit."""
    numbers, steps = steps_of(
        source(1, "order", span__id="a", parent__id="gateway-span"),
        source(2, "order", span__id="b", parent__id="a"),
        source(3, "order", span__id="c", parent__id="b"),
    )
    assert numbers == [1, 1, 1]
    assert steps[0].span == "a"


def test_parent_step():
    """The step that caused another is the one that has its parent span, an inner one included."""
    _, steps = steps_of(
        source(1, "gateway", span__id="a"),
        source(2, "gateway", span__id="b", parent__id="a"),
        source(3, "order", span__id="c", parent__id="b"),
        source(4, "stock", span__id="d", parent__id="nobody-logged-it"),
    )
    assert [step.parent for step in steps] == [None, 1, None]


def test_caller_and_callee_with_one_span():
    """Where a tracer gives caller and callee the same span, they are two steps."""
    numbers, steps = steps_of(
        source(1, "gateway", span__id="a"), source(2, "order", span__id="a", parent__id="a")
    )
    assert numbers == [1, 2]
    assert [step.parent for step in steps] == [None, 1]


def test_spans_that_are_each_others_parents():
    """A circle of parents, which only a bug can write, ends."""
    numbers, _ = steps_of(
        source(1, "order", span__id="a", parent__id="b"),
        source(2, "order", span__id="b", parent__id="a"),
        source(3, "stock", span__id="c", parent__id="c"),
    )
    assert numbers[2] == 3


def test_placeholders_are_no_spans():
    """Lines with `-` or zeros for a span are lines without one."""
    numbers, steps = steps_of(
        source(1, "order", span__id="-"), source(2, "order", span__id="0000000000000000")
    )
    assert numbers == [1, 1]
    assert steps[0].span is None


def test_figures_of_a_step():
    """A step has its times, its place, and how many lines failed, with the first's reason."""
    _, (step,) = steps_of(
        source(1.5, "order", kubernetes__node__name="n1"),
        source(2, "order", error__type="IOError", error__message="disk\nfull", error=True),
        source(4, "order", message="GET /pay 503", http__response__status_code=503),
    )
    assert step == Step(
        number=1,
        service="order",
        pod="order-0",
        node="n1",
        span=None,
        parent=None,
        start="1970-01-01T00:00:00.001500000Z",
        end="1970-01-01T00:00:00.004000000Z",
        duration_nanoseconds=2_500_000,
        lines=3,
        errors=2,
        first_error="IOError: disk",
    )


@pytest.mark.parametrize(
    ("fields", "service"), [({"kubernetes__container__name": "server"}, "server"), ({}, "unknown")]
)
def test_line_of_an_unnamed_service(fields: dict[str, str], service: str):
    """A quarantined line without a service is told by its container, if it knows that."""
    _, (step,) = steps_of(source(1, **fields))
    assert (step.service, step.pod) == (service, "")


SOURCES = st.builds(
    source,
    st.integers(0, 5),
    st.sampled_from(["a", "b"]),
    trace__id=st.sampled_from([None, "t1", "t2"]),
    span__id=st.sampled_from([None, "1", "2", "3"]),
    parent__id=st.sampled_from([None, "1", "2", "3"]),
    error=st.booleans(),
)


@given(st.lists(SOURCES, max_size=12))
def test_every_line_belongs_to_one_step(sources: list[dict[str, Any]]):
    """Steps share the lines out among them, are numbered in order of start, and span them."""
    lines, steps = arrange(Line(str(n), each, "linked") for n, each in enumerate(sources))
    assert sorted(int(line.id) for line in lines) == list(range(len(sources)))
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert [step.start for step in steps] == sorted(step.start for step in steps)
    for step in steps:
        mine = [line.source for line in lines if line.step == step.number]
        times = [parse_rfc3339(each["@timestamp"]) for each in mine]
        assert {each["service.name"] for each in mine} == {step.service}
        assert len(mine) == step.lines
        assert (min(times), max(times)) == (parse_rfc3339(step.start), parse_rfc3339(step.end))
        assert step.errors == sum(each["clew.severity"] == 17 for each in mine)
        assert step.parent != step.number
