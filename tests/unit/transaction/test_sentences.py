from __future__ import annotations

import asyncio
from dataclasses import replace

from clew.answers.transactions import transaction
from clew.runtime.clock import Deadline
from clew.store.protocols import EVERYWHERE
from clew.transaction.model import AgentBehind, NodeFigures, Share, Transaction
from clew.transaction.sentences import (
    REASON_CHARACTERS,
    completeness_sentence,
    is_doubtful,
    length,
    node_sentence,
    shortened,
    told_again,
    verdict_sentence,
)
from tests.support import invented
from tests.support.query_service import memory_store
from tests.support.reports import told


def assembled(identifier: str) -> Transaction:
    store, deadline = memory_store(invented.shop_documents()), Deadline.after(60)
    found = transaction(store, identifier, reports=told(), scope=EVERYWHERE, deadline=deadline)
    return asyncio.run(found)


def test_a_failure_is_one_sentence_from_step_to_reason():
    assert verdict_sentence(assembled(invented.FAILED)) == (
        "FAILED at step 4 of 4 · payment · pod payment-7d9f8c6b5-x2x9k · 08:42:11.077 · "
        + invented.REASON
    )


def test_a_hub_is_told_by_how_its_traces_have_the_id():
    failed = assembled(invented.FAILED)
    carried = replace(failed, hub=True, trace_ids=["a"] * 30, offered_trace_ids=["b"] * 1000)
    mentioned = replace(carried, trace_ids=[])
    assert verdict_sentence(carried) == "30 traces carry this ID: choose one"
    assert verdict_sentence(mentioned) == "1,000 traces mention this ID: choose one"


def test_who_told_of_it_again_and_who_did_not_answer_is_said():
    failed = assembled(invented.FAILED)
    assert told_again(failed) == "told again by order, gateway"
    assert failed.verdict is not None
    silent = replace(failed, verdict=replace(failed.verdict, reported_by=[], called="issuer"))
    assert told_again(silent) == "it was calling issuer, which left no line here"
    assert told_again(assembled(invented.FINE)) == ""


def test_without_a_failure_no_more_is_claimed_than_was_seen():
    assert verdict_sentence(assembled(invented.FINE)) == "No step failed"


def test_what_is_missing_is_said_beside_the_verdict():
    failed = assembled(invented.FAILED)
    known = replace(failed.completeness, complete_up_to="2023-01-29T08:42:30.000000000Z")
    assert completeness_sentence(replace(failed, completeness=known)) == (
        "4 services · silent: shipping · 1 line quarantined · complete up to 08:42:30 UTC"
    )


def test_a_silent_service_may_still_be_heard_while_an_agent_is_behind():
    """Its lines may be on their way; of an agent that stopped, none is."""
    failed = assembled(invented.FAILED)
    for stopped, sentence in (
        (False, "silent: shipping (may still be arriving) · "),
        (True, "silent: shipping · "),
    ):
        known = replace(failed.completeness, agents=[AgentBehind("a", "a", None, stopped)])
        assert sentence in completeness_sentence(replace(failed, completeness=known))


def test_the_length_is_from_the_first_line_to_the_last():
    assert length(assembled(invented.FAILED)) == 2_091_800_000
    assert length(assembled("nobody")) == 0


def test_a_reason_is_cut_to_a_sentence():
    assert shortened("first\nsecond") == "first"
    assert len(shortened("x" * 1000)) == REASON_CHARACTERS


def test_how_busy_a_node_was_is_one_sentence_of_what_is_known():
    """The highest is told where it is another than the mean."""
    cpu, memory = Share(0.34, 0.8), Share(0.612, 0.614)
    assert node_sentence(NodeFigures("n\x1b1", cpu, memory, 3)) == (
        "n␛1: CPU 34 %, most 80 % · memory 61 %"
    )
    assert node_sentence(NodeFigures("n1", None, memory, 1)) == "n1: memory 61 %"
    assert node_sentence(NodeFigures("n1", None, None, 0)) == ""


def test_that_no_step_failed_is_said_only_where_nothing_is_known_to_be_missing():
    fine = assembled(invented.FINE)
    lost = replace(fine, completeness=replace(fine.completeness, gaps=1, gap_bytes=4096))
    assert is_doubtful(lost)
    assert not is_doubtful(fine)
    assert verdict_sentence(lost) == "No failure found, and lines may be missing"


def test_what_was_left_out_on_purpose_hides_no_failure():
    """It is told, and the verdict stands: a line that tells of a failure is never left out."""
    fine = assembled(invented.FINE)
    known = replace(fine.completeness, shed_lines=7, shed_kinds=["debug"])
    shed = replace(fine, completeness=known)
    assert not is_doubtful(shed)
    assert verdict_sentence(shed) == "No step failed"
    assert completeness_sentence(shed).endswith("up to 7 lines left out on purpose (debug)")
