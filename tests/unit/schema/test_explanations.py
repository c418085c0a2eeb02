"""Every reason is explained, and every example is refused for its reason."""

from __future__ import annotations

import pytest

from agent.framing import cri
from agent.framing.joining import Position
from clew.schema.explanations import EXPLANATIONS
from clew.schema.interpreting import interpret
from clew.schema.line import Flag, Line
from clew.schema.rejection import Reason
from collector.indexing.documents import DocumentBuilder, reason_of
from tests.support.batches import batch, part, row
from tests.support.documents import NOON
from tests.support.policies import enforcer

BY_OTHERS = [reason for reason, found in EXPLANATIONS.items() if found.by]
BY_THE_SCHEMA = [reason for reason in EXPLANATIONS if reason not in BY_OTHERS]


def test_every_reason_is_explained():
    assert set(EXPLANATIONS) == set(Reason)
    assert all(found.meaning and found.example and found.remedy for found in EXPLANATIONS.values())


def refused(reason: Reason) -> Line:
    found = EXPLANATIONS[reason]
    if not found.policy:
        return interpret(found.example)
    schema = found.policy.replace("{", "{mode: enforce, ", 1)
    return interpret(found.example, enforcer=enforcer(schema))


@pytest.mark.parametrize("reason", BY_THE_SCHEMA)
def test_an_example_is_refused_for_exactly_its_reason(reason: Reason):
    line = refused(reason)
    assert line.flags & Flag.QUARANTINED
    assert [each.partition(":")[0] for each in line.violations] == [reason.value]


@pytest.mark.parametrize("reason", [r for r in BY_THE_SCHEMA if EXPLANATIONS[r].policy])
def test_it_takes_the_policy_to_refuse_it(reason: Reason):
    assert not interpret(EXPLANATIONS[reason].example).violations


def test_an_example_of_the_framing():
    framed = cri.frame(EXPLANATIONS[Reason.BAD_FRAMING].example + b"\n", Position())
    [odd] = framed.odd.values()
    assert odd.rejection is not None
    assert odd.rejection.reason is Reason.BAD_FRAMING


def test_examples_of_the_collector():
    for reason in (Reason.NOT_CANONICAL, Reason.REFUSED_BY_STORE):
        example = EXPLANATIONS[reason].example
        sent = batch(part([row(b"")._replace(record=example, flags=0)]))
        builder = DocumentBuilder(sent, NOON)
        if reason is Reason.NOT_CANONICAL:
            [document] = builder.build()
        else:
            document = builder.build_refused({0: "no"})[0]
        assert reason_of(document) is reason
    of_collector = {Reason.BAD_FRAMING, Reason.NOT_CANONICAL, Reason.REFUSED_BY_STORE}
    assert set(BY_OTHERS) == of_collector | {Reason.UNREADABLE}  # that no line is known to have
