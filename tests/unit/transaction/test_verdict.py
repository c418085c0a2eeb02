from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.transaction.failure import REASON_CHARACTERS, is_failure, reason
from clew.transaction.model import Line, Verdict
from clew.transaction.steps import arrange
from clew.transaction.verdict import judge, silent_services
from tests.support.sources import source


def verdict_of(*sources: dict[str, Any]) -> Verdict | None:
    lines, steps = arrange(Line(str(n), each, "direct") for n, each in enumerate(sources))
    return judge(lines, steps)


CASES: dict[str, tuple[list[dict[str, Any]], tuple[str, str, list[str], str | None] | None]] = {
    "nothing failed": ([source(1, "gateway"), source(2, "order")], None),
    "a warning is no failure": ([source(1, "order", clew__severity=16)], None),
    "the earliest error": (
        [
            source(1, "gateway"),
            source(2, "payment", error=True, message="card refused"),
            source(3, "gateway", error=True, message="500"),
        ],
        ("payment", "1", ["gateway"], None),
    ),
    "an answer of 500 is a failure": (
        [source(1, "payment", http__response__status_code=500)],
        ("payment", "0", [], None),
    ),
    "the callee, though its clock is behind": (
        [
            source(1, "order", error=True, calls="payment"),
            source(3, "payment", error=True),
        ],
        ("payment", "1", ["order"], None),
    ),
    "down a chain of callers": (
        [
            source(1, "gateway", error=True, calls="order"),
            source(2, "order", error=True, calls="payment"),
            source(3, "payment", error=True),
        ],
        ("payment", "2", ["gateway", "order"], None),
    ),
    "the exception first, then the line that names the callee": (
        [
            source(1, "order", error=True),
            source(2, "order", error=True, calls="payment"),
            source(3, "payment", error=True),
        ],
        ("payment", "2", ["order"], None),
    ),
    "a later failure of a clean-up is another one": (
        [
            source(1, "order", error=True, message="no stock"),
            source(5000, "mail", error=True),
            source(5001, "order", error=True, calls="mail"),
        ],
        ("order", "0", ["mail"], None),
    ),
    "the callee is silent": (
        [source(1, "gateway"), source(2, "order", error=True, calls="shipping")],
        ("order", "1", [], "shipping"),
    ),
    "the callee was fine": (
        [source(1, "stock"), source(2, "order", error=True, calls="stock")],
        ("order", "1", [], None),
    ),
    "a service that calls itself": (
        [source(1, "order", error=True, calls="order")],
        ("order", "0", [], None),
    ),
    "two that blame each other": (
        [
            source(1, "order", error=True, calls="stock"),
            source(2, "stock", error=True, calls="order"),
        ],
        ("stock", "1", ["order"], None),
    ),
    "the deepest failing descendant": (
        [
            source(1, "gateway", span__id="a", error=True),
            source(2, "order", span__id="b", parent__id="a", error=True),
            source(3, "stock", span__id="c", parent__id="b"),
            source(4, "ledger", span__id="d", parent__id="c", error=True),
        ],
        ("ledger", "3", ["gateway", "order"], None),
    ),
    "of equally deep ones the earlier": (
        [
            source(1, "gateway", span__id="a", error=True),
            source(3, "mail", span__id="b", parent__id="a", error=True),
            source(2, "stock", span__id="c", parent__id="a", error=True),
        ],
        ("stock", "2", ["gateway", "mail"], None),
    ),
    "the call of this very step": (
        [
            source(1, "stock", span__id="x", parent__id="z"),
            source(2, "order", span__id="a", error=True, calls="stock"),
            source(3, "stock", span__id="x", error=True, message="another's"),
            source(4, "stock", span__id="b", parent__id="a", error=True, message="ours"),
        ],
        ("stock", "3", ["order"], None),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str):
    """Of each transaction this service failed, this line says so, and these only told again."""
    sources, expected = CASES[name]
    verdict = verdict_of(*sources)
    assert expected == (
        verdict and (verdict.service, verdict.line, verdict.reported_by, verdict.called)
    )


def test_verdict_names_step_and_pod():
    """The verdict points at its step by number, and at the pod."""
    verdict = verdict_of(source(1, "gateway"), source(2, "order", error=True, message="no"))
    assert verdict == Verdict(step=2, service="order", pod="order-0", reason="no", line="1")


def test_silent_services():
    """Silent are services that anybody called and that said nothing, each once."""
    sources = [source(1, "order", calls=each) for each in ("stock", "ship", "order", "ship")]
    sources.append(source(2, "stock"))
    assert silent_services([Line("", each, "direct") for each in sources]) == ["ship"]


REASONS = {
    "E: text": source(1, error__type="E", error__message="text", message="said"),
    "E: said": source(1, error__type="E", message="said"),
    "E": source(1, error__type="E"),
    "text": source(1, error__message="text", message="said"),
    "said": source(1, message="\n said \nmore"),
    "{": source(1, event__original="{\n}"),
    "": source(1),
    "x" * REASON_CHARACTERS: source(1, message="x" * 1000),
}


@pytest.mark.parametrize("expected", REASONS)
def test_reason(expected: str):
    """The reason is the exception, else the message: its first line, and not without end."""
    assert reason(REASONS[expected]) == expected


def test_failure():
    """ERROR and above, and answers of 500 and above, are failures; what is not known is none."""
    assert is_failure({"clew.severity": 17})
    assert is_failure({"http.response.status_code": 500})
    assert not is_failure({"clew.severity": 16, "http.response.status_code": 499})
    assert not is_failure({})


SERVICES = ["a", "b", "c"]
SOURCES = st.builds(
    source,
    st.integers(0, 3000),
    st.sampled_from(SERVICES),
    error=st.booleans(),
    calls=st.sampled_from([None, *SERVICES, "d"]),
    span__id=st.sampled_from([None, "1", "2", "3"]),
    parent__id=st.sampled_from([None, "1", "2", "3"]),
)


@given(st.lists(SOURCES, max_size=10))
def test_verdict_is_about_a_failure(sources: list[dict[str, Any]]):
    """Whatever is logged, there is a verdict exactly if a line failed, and it is on such a line."""
    verdict = verdict_of(*sources)
    failed = {each["service.name"] for each in sources if is_failure(each)}
    assert (verdict is None) == (not failed)
    if verdict is not None:
        line = sources[int(verdict.line)]
        assert is_failure(line)
        assert line["service.name"] == verdict.service
        assert {verdict.service, *verdict.reported_by} == failed
        assert verdict.called in {None, "d", *SERVICES} - {each["service.name"] for each in sources}
