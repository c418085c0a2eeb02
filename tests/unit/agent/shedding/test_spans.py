"""The record of what was left out: bounded, exact in its sums, and never without a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.shedding.kinds import Kind
from agent.shedding.spans import SPAN, SPANS_KEPT, ShedSpan, fold
from clew.schema.timestamps import SECOND


def span(first: int, *, last: int | None = None, container: str = "a", lines: int = 1) -> ShedSpan:
    end = first if last is None else last
    return ShedSpan(container, "/x", "debug", Kind.DEBUG, first, end, lines, 10 * lines)


def test_a_span_grows_for_a_minute():
    folded = fold([], [span(0), span(5 * SECOND), span(SPAN), span(SPAN + 1)])
    assert folded == [span(0, last=SPAN, lines=3), span(SPAN + 1)]


def test_containers_rungs_and_kinds_have_spans_of_their_own():
    others = [
        ShedSpan("a", "/y", "debug", Kind.DEBUG, 0, 0, 1, 1),
        ShedSpan("a", "/x", "other", Kind.DEBUG, 0, 0, 1, 1),
        ShedSpan("a", "/x", "debug", Kind.INFO, 0, 0, 1, 1),
    ]
    spans = [span(0), span(0, container="b"), *others]
    assert fold([], spans) == spans


def test_of_many_spans_the_older_are_put_together():
    """Those of late stay as they are."""
    spans = [span(number * 2 * SPAN) for number in range(SPANS_KEPT + 1)]
    folded = fold([], spans)
    assert len(folded) == SPANS_KEPT * 3 // 4 + 1
    assert folded[0] == span(0, last=2 * SPAN, lines=2)
    assert folded[-1] == spans[-1]


def test_names_of_several_are_empty():
    other = ShedSpan("b", "/y", "info", Kind.DEBUG, 0, 0, 1, 1)
    spans = [span(0), other, *(span(number * 2 * SPAN) for number in range(1, SPANS_KEPT))]
    assert fold([], spans)[0] == ShedSpan("", "", "", Kind.DEBUG, 0, 0, 2, 11)


moments = st.integers(0, 10_000 * SPAN)
spans_of_any_kind = st.builds(
    lambda kind, container, first, length, lines: ShedSpan(
        container, "/x", "r", kind, first, first + length, lines, lines
    ),
    st.sampled_from(Kind),
    st.sampled_from("abc"),
    moments,
    st.integers(0, SPAN),
    st.integers(1, 1000),
)


@given(st.lists(spans_of_any_kind, max_size=400))
def test_every_line_lies_in_a_span_and_the_sums_are_exact(spans: list[ShedSpan]):
    """However many there were, and in whatever order they came."""
    folded: list[ShedSpan] = []
    for each in spans:
        folded = fold(folded, [each])
        assert len(folded) <= SPANS_KEPT
    for kind in Kind:
        own = [each for each in spans if each.kind is kind]
        kept = [each for each in folded if each.kind is kind]
        assert sum(each.lines for each in kept) == sum(each.lines for each in own)
        assert all(
            any(each.first <= moment <= each.last for each in kept)
            for one in own
            for moment in (one.first, one.last)
        )
