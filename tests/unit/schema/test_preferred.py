"""What a pod says its lines are written in, and patterns of a policy's own, come first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.columns.groups import columns_of
from clew.schema.columns.lines import interpret_all
from clew.schema.dialects.preferred import NAMES, prefer
from clew.schema.interpreting import interpret
from clew.schema.line import DIALECTS, Line
from clew.schema.policy.enforcer import Enforcer
from tests.support.policies import policy
from tests.unit.schema.test_mutated_lines import LINES

OWN = """
dialects:
  - name: billing
    services: [till]
    pattern: '(?P<time>\\S+) <(?P<level>\\w+)> (?:tx=(?P<transaction_id>\\S+) )?(?P<message>.*)'
"""
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def reader(dialect: str | None = None, service: str = "till") -> Enforcer:
    found = policy(OWN).enforcer("shop", service, None, "app", dialect)
    assert found is not None
    return found


def told(line: Line) -> tuple[str, int, dict[str, Any]]:
    return DIALECTS[line.dialect], line.severity, json.loads(line.json)


def test_a_pattern_of_the_policy_takes_a_text_apart():
    """Its groups are names like the keys of an object; a group that is not there says nothing."""
    line = b"2023-01-29T08:42:09Z <warn> tx=A-17 slow"
    assert told(interpret(line, enforcer=reader())) == (
        "pattern",
        13,
        {
            "@timestamp": "2023-01-29T08:42:09Z",
            "log.level": "warn",
            "message": "slow",
            "transaction.id": "A-17",
        },
    )
    short = interpret(b"2023-01-29T08:42:09Z <info> started", enforcer=reader())
    assert "transaction.id" not in json.loads(short.json)


def test_a_pattern_is_for_the_services_that_it_names():
    assert policy(OWN).enforcer("shop", "cart") is None


def test_what_a_pattern_does_not_match_is_read_as_ever():
    line = b"INFO:shop.orders:placed"
    assert interpret(line, enforcer=reader()) == interpret(line)


def test_a_level_that_two_loggers_count_differently():
    """30 is a warning where the pod says that Python wrote it."""
    line = b'{"level":30,"message":"slow","name":"shop.orders"}'
    dialect, severity, record = told(interpret(line, enforcer=reader("python-json")))
    assert (dialect, severity, record["log.logger"]) == ("python-json", 13, "shop.orders")
    assert interpret(line).severity == 9


def test_a_dialect_by_name_may_be_several():
    """Of Serilog's two formats each line is in the one that it fits."""
    line = b'{"@t":"2023-01-29T08:42:09Z","@mt":"{A} paid","A":"A-17"}'
    dialect, severity, record = told(interpret(line, enforcer=reader("serilog")))
    assert (dialect, severity, record["message"]) == ("serilog", 9, "A-17 paid")


def test_a_canonical_line_is_canonical_whatever_is_preferred():
    line = b'{"log.level":"info","message":"m"}'
    assert DIALECTS[interpret(line, enforcer=reader("pino")).dialect] == "canonical"


def test_no_such_dialect():
    with pytest.raises(ValueError, match="no dialect is called 'perl'"):
        prefer("perl")


@given(
    st.sampled_from([None, "billing", *NAMES]),
    st.lists(st.sampled_from(LINES), min_size=1, max_size=6),
)
def test_lines_together_become_what_they_become_alone(dialect: str | None, lines: list[bytes]):
    """Under whatever name they are read."""
    preferred = reader(dialect)
    alone = columns_of(interpret(line, enforcer=preferred) for line in lines * 2)
    assert interpret_all(lines * 2, {}, preferred) == alone
