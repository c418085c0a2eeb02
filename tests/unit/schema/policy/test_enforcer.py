"""What a policy says of one line, and what becomes of the line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clew.schema.dialects.catalog import NONE, TEXT
from clew.schema.interpreting import interpret
from clew.schema.keeping import reject
from clew.schema.line import Flag, Line
from clew.schema.policy.enforcer import Enforcer
from clew.schema.rejection import Reason, Rejection
from tests.support.policies import enforcer, policy
from tests.support.strict_json import load_strictly

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
WHOLE: dict[str, Any] = {
    "@timestamp": "2023-01-29T08:42:09Z",
    "log.level": "info",
    "message": "paid",
    "trace.id": TRACE,
    "transaction.id": "A-17",
    "labels": {"order_id": "A-17", "tenant": "kl"},
}


def line(**changes: Any) -> bytes:
    """A canonical line; what is changed to None it lacks."""
    row = WHOLE | {name.replace("_", ".", 1): value for name, value in changes.items()}
    return json.dumps({name: value for name, value in row.items() if value is not None}).encode()


def judged(content: bytes, schema: str, **settings: str) -> Line:
    return interpret(content, enforcer=enforcer(schema, **settings))


VIOLATIONS = [
    ("{require: [trace.id]}", {}, ()),
    ("{require: [trace.id]}", {"trace_id": None}, ("missing_field:trace.id",)),
    ("{require: [trace.id]}", {"trace_id": ""}, ("missing_field:trace.id",)),
    ("{require: [trace.id]}", {"trace_id": "N/A"}, ("not_an_id:trace.id",)),
    ("{require: [trace.id]}", {"trace_id": "0" * 32}, ("not_an_id:trace.id",)),
    ("{require: [transaction.id]}", {"transaction_id": SPAN}, ()),
    (
        "{require: [clew.transaction]}",
        {"transaction_id": SPAN, "labels": None},
        ("missing_field:clew.transaction",),
    ),
    ("{require: [clew.transaction]}", {"transaction_id": SPAN}, ()),
    ("{require: [labels.tenant]}", {}, ()),
    ("{require: [labels.tenant]}", {"labels": None}, ("missing_field:labels.tenant",)),
    ("{require: [event.duration]}", {"event_duration": 0}, ()),
    ("{require: [service.name]}", {}, ("missing_field:service.name",)),
    ("{levels: [info, warn]}", {"log_level": "NOTICE"}, ()),
    ("{levels: [info, warn]}", {"log_level": "Warning"}, ()),
    ("{levels: [info, warn]}", {"log_level": "debug"}, ("level_not_allowed:log.level",)),
    ("{levels: [info, warn]}", {"log_level": "loud"}, ("level_not_allowed:log.level",)),
    ("{levels: [unknown]}", {"log_level": "loud"}, ()),
    ("{longest: {message: 4}}", {}, ()),
    ("{longest: {message: 4}}", {"message": "paid!"}, ("field_too_long:message",)),
    ("{longest: {message: 4B}}", {"message": "zhé"}, ()),
    ("{longest: {message: 4B}}", {"message": "café"}, ("field_too_long:message",)),
    ("{longest: {labels.tenant: 1}}", {}, ("field_too_long:labels.tenant",)),
    ("{most_labels: 2}", {}, ()),
    ("{most_labels: 1}", {}, ("too_many_labels:labels",)),
    ("{most_labels: 0}", {"labels": None}, ()),
    (
        "{require: [trace.id, span.id], levels: [error], most_labels: 0}",
        {"trace_id": "-"},
        (
            "not_an_id:trace.id",
            "missing_field:span.id",
            "level_not_allowed:log.level",
            "too_many_labels:labels",
        ),
    ),
]


@pytest.mark.parametrize(("schema", "changes", "violations"), VIOLATIONS)
def test_what_is_found_wanting(schema: str, changes: dict[str, Any], violations: tuple[str, ...]):
    """In the order of the policy's words: the first is the reason where it is enforced."""
    content = line(**changes)
    reported = judged(content, schema)
    assert reported.violations == violations
    assert reported.json == content
    enforced = judged(content, schema.replace("{", "{mode: enforce, ", 1))
    assert enforced.violations == violations
    assert (enforced.flags & Flag.QUARANTINED != 0) == bool(violations)
    assert judged(content, schema.replace("{", "{mode: off, ", 1)) == interpret(content)


def test_what_is_kept_of_a_line_that_a_policy_refuses():
    """The line as it was written, why, and what it said of itself."""
    content = line(trace_id=None, service_name="till", log_logger="shop.Till", log_level="error")
    refused = judged(content, "{mode: enforce, require: [trace.id]}")
    assert load_strictly(refused.json) == {
        "event.original": content.decode(),
        "clew.reason": "missing_field",
        "clew.field": "trace.id",
        "clew.detail": "required by the policy",
        "@timestamp": "2023-01-29T08:42:09Z",
        "log.level": "error",
        "service.name": "till",
        "log.logger": "shop.Till",
        "transaction.id": "A-17",
    }
    assert (refused.dialect, refused.severity, refused.transaction) == (NONE, 17, "A-17")
    assert refused.flags == Flag.QUARANTINED


def test_an_id_in_the_text_of_a_refused_line_leads_to_it():
    """Though the schema wants it in a field of its own."""
    content = line(trace_id=None, transaction_id=None, labels=None, message="order_id=A-9 failed")
    refused = judged(content, "{mode: enforce, require: [trace.id]}")
    assert refused.transaction == "A-9"


def refused_by_the_schema() -> list[tuple[bytes, str]]:
    return [
        (b'{"log.level":"info","message":"m"', "invalid_json"),
        (b'{"message":"m","message":"n"}', "duplicate_key"),
        (b'{"labels":{"a":1,"a":2},"message":"m"}', "duplicate_key:labels"),
        (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, "too_deep"),
        (b'{"level":"info"}', "missing_field:message"),
        (b'{"resourceLogs":[]}', "invalid_otlp:resourceLogs"),
    ]


@pytest.mark.parametrize(("content", "violation"), refused_by_the_schema())
def test_what_is_no_record_is_text_unless_the_policy_insists(content: bytes, violation: str):
    """Reported with what is wrong with it; off says nothing of it."""
    for mode, violations in (("report", (violation,)), ("off", ())):
        found = judged(content, f"{{mode: {mode}}}")
        assert (found.dialect, found.violations) == (TEXT, violations)
        assert load_strictly(found.json)["message"] == content.decode()
    assert judged(content, "{mode: enforce}") == interpret(content)
    assert interpret(content).violations == (violation,)


@pytest.mark.parametrize("mode", ["report", "off"])
def test_what_no_record_can_hold_stays_in_quarantine(mode: str):
    judge = enforcer(f"{{mode: {mode}}}")
    assert interpret(b"caf\xe9", enforcer=judge).violations == ("invalid_utf8",)
    assert interpret(b"x" * (1024 * 1024 + 1), enforcer=judge).violations == ("too_long",)
    framed = reject(b"x", Rejection(Reason.BAD_FRAMING), enforcer=judge)
    assert framed.violations == ("bad_framing",)
    assert framed.flags & Flag.QUARANTINED


def transaction_of(content: bytes, transaction: str) -> str:
    found = policy(f"transaction: {transaction}").enforcer("shop", "cart")
    return interpret(content, enforcer=found).transaction


def test_where_the_business_transaction_is_found():
    """The first of the fields that has an ID, which a tracer's span is not."""
    assert transaction_of(line(), "{fields: [labels.tenant, transaction.id]}") == "kl"
    assert transaction_of(line(transaction_id=SPAN), "{fields: [transaction.id, trace.id]}") == (
        TRACE
    )
    assert transaction_of(line(labels={"tenant": "-"}), "{fields: [labels.tenant]}") == ""
    assert transaction_of(b"order_id=A-9", "{fields: [transaction.id]}") == ""
    assert transaction_of(b'{"', "{fields: [trace.id]}") == ""


def test_values_that_a_policy_knows_to_be_no_ids():
    """Nowhere, in any case of letters, and not in quarantine either."""
    not_ids = "{not_ids: [unknown, 'TEST-*']}"
    for value in ("UNKNOWN", "test-1", "Test-"):
        found = judged(
            line(transaction_id=value, trace_id=value, labels=None),
            "{require: [trace.id, clew.transaction]}",
            transaction=not_ids,
        )
        assert (found.transaction, found.trace) == ("", "")
        assert found.violations == ("not_an_id:trace.id", "missing_field:clew.transaction")
    assert transaction_of(line(transaction_id="latest-1"), not_ids) == "latest-1"
    assert transaction_of(b"\xff tx_id=test-1", not_ids) == ""
    assert transaction_of(b"\xff tx_id=A-1", not_ids) == "A-1"


OTLP = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%s]}]}]}'
WITH_TRACE = b'{"body":{"stringValue":"one"},"traceId":"%s"}' % TRACE.encode()
WITHOUT = b'{"body":{"stringValue":"two"}}'


def test_each_record_of_a_line_is_judged():
    """One goes to quarantine with what the line says of it, and takes none of the others along."""
    refused = judged(OTLP % (WITH_TRACE + b"," + WITHOUT), "{mode: enforce, require: [trace.id]}")
    assert refused.violations == ("missing_field:trace.id",)
    one, two = refused.members()
    assert load_strictly(one.json)["message"] == "one"
    assert one.violations == ()
    assert two.flags & Flag.QUARANTINED
    assert two.violations == ("missing_field:trace.id",)
    assert load_strictly(two.json)["event.original"] == '{"body":"two"}'


def test_a_record_that_is_alone_in_its_line_is_kept_with_the_line():
    content = OTLP % WITHOUT
    refused = judged(content, "{mode: enforce, require: [trace.id]}")
    assert load_strictly(refused.json)["event.original"] == content.decode()


RULES = """
schemas: {strict: {mode: enforce, require: [trace.id]}, short: {longest: {message: 1}}}
rules:
  - {namespaces: ["sh?p"], services: [till], loggers: ["shop.*"], except_loggers: ["*.Startup"],
     schema: strict}
  - {namespaces: [shop], loggers: ["?*"], schema: short}
  - {namespaces: ["legacy-*"], mode: off}
"""


def rules(namespace: str, service: str, wish: str | None = None) -> Enforcer | None:
    return policy(RULES).enforcer(namespace, service, wish)


MATCHES = [
    ({"log_logger": "shop.Till"}, ("missing_field:trace.id",)),
    ({"log_logger": "shop.Startup"}, ("field_too_long:message",)),
    ({"log_logger": "shopping.Till"}, ("field_too_long:message",)),
    ({"log_logger": "shop.Till", "service_name": "door"}, ("field_too_long:message",)),
    ({}, ()),
    ({"log_logger": ""}, ()),
]


@pytest.mark.parametrize(("changes", "violations"), MATCHES)
def test_the_first_rule_that_a_line_matches_holds(
    changes: dict[str, Any], violations: tuple[str, ...]
):
    """By what the line itself says of its service and logger; else by its container's service."""
    found = interpret(line(trace_id=None, **changes), enforcer=rules("shop", "till"))
    assert found.violations == violations


def test_a_container_that_no_rule_is_about_has_no_enforcer():
    """Its lines cost nothing."""
    assert rules("other", "till") is None
    assert rules("my-shop", "till") is None
    assert policy("").enforcer("shop", "till") is None


def test_an_enforcer_is_made_once():
    found = policy(RULES)
    assert found.enforcer("shop", "till") is found.enforcer("shop", "till")


def test_a_pod_may_ask_for_a_schema_or_a_mode():
    """A schema stands instead of all rules, a mode instead of what the rules' schemas say."""
    content = line(trace_id=None, log_logger="shop.Startup")
    for wish, violations, quarantined in (
        ("strict", ("missing_field:trace.id",), True),
        ("short", ("field_too_long:message",), False),
        ("enforce", ("field_too_long:message",), True),
        ("report", ("field_too_long:message",), False),
        ("off", (), False),
    ):
        found = interpret(content, enforcer=rules("shop", "till", wish))
        assert found.violations == violations
        assert (found.flags & Flag.QUARANTINED != 0) == quarantined
    assert rules("other", "till", "enforce") is None
    assert interpret(b'{"', enforcer=rules("other", "till", "report")).dialect == TEXT
    assert policy(RULES).wishes == ("strict", "short", "enforce", "report", "off")


def test_more_loggers_than_are_kept():
    """What is known of pairs of service and logger is bounded, and found anew."""
    found = rules("shop", "till")
    assert found is not None
    for number in range(9000):
        found.schema_of(("till", f"shop.{number}"))
    assert len(found.schemas) <= 8192
    assert found.schema_of(("till", "shop.1")).name == "strict"
