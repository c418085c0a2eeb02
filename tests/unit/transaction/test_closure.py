from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.document import Collection
from clew.schema.fields import ID_FIELDS, TEXT_FIELDS
from clew.schema.identifiers import is_id
from clew.search.evaluation import matches
from clew.search.nodes import Term
from clew.transaction.closure import HUB_TRACES, Closure, Found
from tests.support.sources import source

LOGS = Collection.LOGS
T1, T2, T3 = "4bf92f3577b34da6a3ce929d0e0e4736", "b" * 32, "c" * 32


def follow(identifier: str, *sources: dict[str, Any]) -> Closure:
    """The closure over these documents, whose IDs are `0`, `1` and so on."""
    return follow_all(identifier, [(str(n), LOGS, each) for n, each in enumerate(sources)])


def follow_all(identifier: str, documents: list[Found]) -> Closure:
    closure = Closure(identifier)
    while (wanted := closure.wanted()) is not None:
        closure.feed([each for each in documents if matches(wanted, each[2])])
    return closure


def found(closure: Closure) -> dict[str, str]:
    return {line.id: line.match for line in closure.lines}


def test_id_leads_to_its_lines_their_traces_and_no_further():
    """Lines of the ID's traces are linked; what only those lead to is not looked for."""
    closure = follow(
        "O-1",
        source(1, clew__transaction="O-1", trace__id=T1),
        source(2, trace__id=T1, clew__transaction="O-2"),
        source(3, clew__transaction="O-2", trace__id=T2),
    )
    assert found(closure) == {"0": "direct", "1": "linked"}
    assert closure.trace_ids == [T1]
    assert closure.matched == ["clew.transaction"]


def test_mention_is_shown_and_its_trace_offered():
    """A line that merely mentions the ID is direct, but nobody follows its trace."""
    closure = follow(
        "O-1",
        source(1, message="nightly report: O-1, O-2", trace__id=T1),
        source(2, trace__id=T1),
        source(3, labels={"order": "O-1"}, trace__id=T2),
        source(4, message="O-1 again", trace__id=T2),
    )
    assert found(closure) == {"0": "direct", "2": "direct", "3": "direct"}
    assert (closure.trace_ids, closure.offered_trace_ids) == ([T2], [T1])
    assert closure.matched == ["labels.order", "message"]


@pytest.mark.parametrize("text", ["(O-1)", "O-1", "x=O-1,", "O-1-2", "id_O-1_", "a\nO-1\nb"])
def test_mentioned_as_a_whole(text: str):
    """The ID is found whatever stands round it, unless that is a letter or a digit."""
    assert found(follow("O-1", source(1, message=text))) == {"0": "direct"}


@pytest.mark.parametrize("text", ["O 1", "O_1", "o-1", "XO-1", "O-12", "1-O"])
def test_same_words_are_no_mention(text: str):
    """A text with the ID's words, but not the ID, is no line of it."""
    assert found(follow("O-1", source(1, message=text))) == {}


def test_span_leads_to_its_trace():
    """A span's ID leads to the whole of its trace."""
    closure = follow(
        "00f067aa0ba902b7",
        source(1, span__id="00f067aa0ba902b7", trace__id=T1),
        source(2, trace__id=T1),
    )
    assert found(closure) == {"0": "direct", "1": "linked"}
    assert closure.matched == ["span.id"]


def test_trace_is_found_at_the_first_look():
    """All lines of a trace carry its ID, so nothing is wanted a second time."""
    closure = Closure(T1)
    closure.feed([("0", LOGS, source(1, trace__id=T1))])
    assert closure.wanted() is None
    assert (closure.trace_ids, closure.matched) == ([T1], ["trace.id"])


@pytest.mark.parametrize("pasted", [f" {T1}\n", T1.upper(), f"\t{T1.upper()}"])
def test_pasted_hexadecimal_id(pasted: str):
    """White space round a pasted ID and the case of its hexadecimal letters don't matter."""
    assert found(follow(pasted, source(1, trace__id=T1), source(2, message=f"[{T1}]"))) == {
        "0": "direct",
        "1": "direct",
    }


def test_case_of_other_ids_matters():
    """`order-A` and `order-a` are two orders."""
    assert found(follow("order-A", source(1, transaction__id="order-a"))) == {}


@pytest.mark.parametrize("nothing", ["", "  ", "-", "0", "N/A", "null", "0" * 32, "Ignored_Trace"])
def test_placeholder_leads_nowhere(nothing: str):
    """What loggers write for want of an ID is not looked for."""
    assert Closure(nothing).wanted() is None


def test_placeholder_of_a_line_is_not_followed():
    """A line without a real trace leads to no other line without one."""
    closure = follow(
        "O-1", source(1, clew__transaction="O-1", trace__id="-"), source(2, trace__id="-")
    )
    assert found(closure) == {"0": "direct"}
    assert closure.trace_ids == []


@pytest.mark.parametrize(("traces", "hub"), [(HUB_TRACES, False), (HUB_TRACES + 1, True)])
def test_hub(traces: int, hub: bool):
    """An ID with more than HUB_TRACES traces tells them and fetches none."""
    closure = Closure("user-7")
    closure.feed(
        (str(n), LOGS, source(n, labels={"user": "user-7"}, trace__id=f"trace-{n:02}"))
        for n in range(traces)
    )
    names = [f"trace-{n:02}" for n in range(traces)]
    assert (closure.hub, closure.trace_ids) == (hub, names)
    assert closure.wanted() == (None if hub else Term("trace.id", tuple(names)))


@pytest.mark.parametrize(("traces", "hub"), [(HUB_TRACES, False), (HUB_TRACES + 1, True)])
def test_hub_of_mentions(traces: int, hub: bool):
    """An ID that nobody carries and more than HUB_TRACES traces mention is no one transaction."""
    said = [source(n, message="waits for O-1", trace__id=f"trace-{n:02}") for n in range(traces)]
    closure = follow("O-1", *said)
    assert (closure.hub, len(closure.offered_trace_ids)) == (hub, traces)
    assert not follow("O-1", *said, source(99, clew__transaction="O-1", trace__id=T1)).hub
    assert not follow("O-1", *said, source(99, clew__transaction="O-1")).hub


def test_quarantined_line():
    """A line that the schema refused is found by the ID in its text, and marked."""
    refused = source(1, event__original='{"order": "O-1", "level": 1e999}')
    closure = follow_all("O-1", [("q", Collection.QUARANTINE, refused)])
    (line,) = closure.lines
    assert line.quarantined
    assert closure.matched == ["event.original"]


def test_id_without_letters():
    """An ID without a word in it is found as a value."""
    assert found(follow("#", source(1, labels={"key": "#"}))) == {"0": "direct"}


IDS = ["O-1", "O-12", "o-1", "1", "-", T1, T1.upper(), T1[:16], "x"]
TEXTS = ["O-1", "O 1", "for O-1.", "XO-1", f"[{T1}-1]", T1.upper(), "1", "", "O-12 x"]
SOURCES = st.fixed_dictionaries(
    {"@timestamp": st.sampled_from(["1970-01-01T00:00:01Z", "1970-01-01T00:00:02.5Z"])},
    optional={
        **{name: st.sampled_from(IDS) for name in ID_FIELDS},
        **{name: st.sampled_from(TEXTS) for name in TEXT_FIELDS},
        "labels": st.dictionaries(st.sampled_from("ab"), st.sampled_from(IDS)),
        "service.name": st.sampled_from(IDS),
    },
)


@given(st.sampled_from(IDS), st.lists(SOURCES, max_size=12))
def test_equals_its_definition(identifier: str, sources: list[dict[str, Any]]):
    """Over any documents the closure is what its definition picks out of all of them."""
    spellings = {identifier, identifier.lower() if identifier == T1.upper() else identifier}
    whole = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(map(re.escape, spellings))})(?![A-Za-z0-9])")
    numbered = {str(n): each for n, each in enumerate(sources)} if is_id(identifier) else {}
    carry = {
        n
        for n, each in numbered.items()
        if spellings & {*(each.get(f) for f in ID_FIELDS), *each.get("labels", {}).values()}
    }
    mention = {
        n
        for n, each in numbered.items()
        if any(whole.search(each.get(name, "")) for name in TEXT_FIELDS)
    }
    traces = {numbered[n].get("trace.id") for n in carry} - {None, "-"}
    offered = {numbered[n].get("trace.id") for n in mention - carry} - {None, "-"} - traces
    linked = {n for n, each in numbered.items() if each.get("trace.id") in traces}

    closure = follow(identifier, *sources)
    assert {n for n, match in found(closure).items() if match == "direct"} == carry | mention
    assert set(found(closure)) == carry | mention | linked
    assert len(closure.lines) == len(found(closure))
    assert set(closure.trace_ids) == traces
    assert set(closure.offered_trace_ids) == offered


def test_a_line_on_its_way_out_of_quarantine_is_there_once():
    """A crash leaves it in both collections; what the logs hold is what counts."""
    kept, mended = source(1, trace__id=T1, event__original="{"), source(1, trace__id=T1)
    both: list[Found] = [("0", Collection.QUARANTINE, kept), ("0", LOGS, mended)]
    for documents in (both, both[::-1]):
        [line] = follow_all(T1, documents).lines
        assert not line.quarantined
