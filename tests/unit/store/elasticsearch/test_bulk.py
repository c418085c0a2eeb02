"""How bulks are cut, and what the answer to an item means."""

from __future__ import annotations

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.store.elasticsearch.bulk import creation, cut, results
from clew.store.protocols import Outcome, Result
from tests.support.documents import document


@given(st.lists(st.binary(min_size=1, max_size=20)), st.integers(1, 60))
def test_cutting_leaves_nothing_out_and_keeps_the_order(operations, most_bytes):
    """The parts are the whole again, none is empty, and one is too large only by itself."""
    parts = list(cut(operations, most_bytes))
    assert [each for part in parts for each in part] == operations
    assert all(len(part) == 1 or 0 < sum(map(len, part)) <= most_bytes for part in parts)


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1), st.integers(1, 60))
def test_a_part_is_as_large_as_may_be(operations, most_bytes):
    """No part would have had room for the first operation of the next."""
    parts = list(cut(operations, most_bytes))
    for part, following in pairwise(parts):
        assert sum(map(len, part)) + len(following[0]) > most_bytes


def test_a_source_is_passed_on_as_the_bytes_it_is():
    """Of the two lines the second is the source, to the byte, and the first names its place."""
    written = document(1)._replace(source=b'{"message":  "as it was" }')
    action, source, end = creation("clew-logs-2023.01.29", written.id, written.source).split(b"\n")
    assert orjson.loads(action) == {"create": {"_index": "clew-logs-2023.01.29", "_id": written.id}}
    assert (source, end) == (written.source, b"")


def test_a_newline_does_not_end_a_document():
    """A source over two lines is still one document, and its rest no operation."""
    written = document(1)._replace(source=b'{"a": 1,\n"delete": {}}')
    assert creation("index", written.id, written.source).count(b"\n") == 2


@pytest.mark.parametrize(
    ("status", "kind", "reason", "outcome"),
    [
        (201, None, None, Outcome.CREATED),
        (409, "version_conflict_engine_exception", "exists", Outcome.EXISTS),
        (429, "es_rejected_execution_exception", "queue is full", Outcome.HELD),
        (503, "unavailable_shards_exception", "not active", Outcome.HELD),
        (500, "document_parsing_exception", "of a broken server", Outcome.HELD),
        (400, "document_parsing_exception", "failed to parse", Outcome.REFUSED),
        (400, "mapper_parsing_exception", "failed to parse", Outcome.REFUSED),
        (400, "illegal_argument_exception", "contains one immense term", Outcome.REFUSED),
        (400, "illegal_argument_exception", "Limit of total fields", Outcome.HELD),
        (400, "index_closed_exception", "closed", Outcome.HELD),
        (403, "cluster_block_exception", "read-only", Outcome.HELD),
        (403, "security_exception", "unauthorized", Outcome.HELD),
        (404, "index_not_found_exception", "no such index", Outcome.HELD),
    ],
)
def test_only_what_is_known_to_be_the_documents_fault_refuses_it(status, kind, reason, outcome):
    """Everything else that is not stored is held, and the reason is told."""
    action = {"status": status}
    if kind is not None:
        action["error"] = {"type": kind, "reason": reason}
    told = "" if outcome in {Outcome.CREATED, Outcome.EXISTS} else f"{kind}: {reason}"
    assert results([{"create": action}]) == [Result(outcome, told)]


def test_a_reason_names_the_deepest_cause_and_ends():
    """What to change stands at the bottom of the causes; a quoted document is cut short."""
    causes = {"type": "c", "reason": "bottom"}
    error = {"type": "document_parsing_exception", "reason": "top", "caused_by": causes}
    [result] = results([{"create": {"status": 400, "error": error}}])
    assert result.reason == "document_parsing_exception: top (c: bottom)"
    error = {"type": "document_parsing_exception", "reason": "x" * 10_000}
    [result] = results([{"create": {"status": 400, "error": error}}])
    assert len(result.reason) < 600
