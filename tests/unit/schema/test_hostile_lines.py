"""Lines that somebody wrote to do harm, or that another system writes in all innocence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.columns.groups import columns_of
from clew.schema.columns.lines import interpret_all
from clew.schema.dialects import golang
from clew.schema.dialects.dialect import JsonDialect
from clew.schema.interpreting import interpret
from clew.schema.line import DIALECTS, Flag
from clew.schema.rejection import Reason
from tests.support.records import record_of
from tests.unit.schema.test_mutated_lines import check

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def otlp(record: Any, *, records: int = 1, resource: str = "") -> bytes:
    shared = {"attributes": [{"key": "r", "value": {"stringValue": resource}}]}
    logs = [{"resource": shared, "scopeLogs": [{"logRecords": [record] * records}]}]
    return json.dumps({"resourceLogs": logs}).encode()


ANY_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["--5", "\u00b2", "9" * 5000, "-", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["intValue", "kvlistValue", "arrayValue", "values", "key", "value"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(ANY_VALUES, ANY_VALUES)
def test_values_of_otlp_that_are_none(body: Any, attribute: Any):
    record = {"body": body, "attributes": [{"key": "a", "value": attribute}]}
    check(interpret(otlp(record)))


def test_what_a_resource_says_is_not_multiplied_without_bound():
    """Half a megabyte in each of 200 records would be a hundred."""
    found = interpret(otlp({}, records=200, resource="x" * 480_000))
    assert found.flags & Flag.QUARANTINED
    assert len(found.json) < 2**20


def test_a_template_is_not_rendered_without_bound():
    line = json.dumps({"@t": "2023-01-29T08:42:09Z", "@mt": "{A}" * 100_000, "A": "x" * 8000})
    assert len(interpret(line.encode()).json) < 2**20


def test_a_trace_is_not_kept_three_times():
    line = b"a.B: " + b"\x01" * 1_000_000 + b"\n\tat a.b(C.java:1)"
    assert len(interpret(line).json) < 7 * len(line)


SEVERITIES = [
    ({"message": "m", "level": 400, "level_name": "ERROR", "channel": "app"}, 17),
    ({"logger": "x", "level": 0, "msg": "funcr, of logr"}, 0),
    ({"@t": "2023-01-29T08:42:09Z", "@m": "x", "@l": "Error", "level": "z", "severity": "low"}, 17),
    ({"severity": "ERROR", "message": "m", "level": "gold"}, 17),
    (
        {
            "@timestamp": "2023-01-29T08:42:09Z",
            "@version": "1",
            "message": "m",
            "level_value": 40000,
        },
        17,
    ),
]


@pytest.mark.parametrize(("line", "severity"), SEVERITIES)
def test_the_logger_s_own_level_counts(line: dict[str, Any], severity: int):
    assert interpret(json.dumps(line).encode()).severity == severity


def test_the_logger_s_own_time_and_message_count():
    """A property of the same name as another logger's is a label."""
    own = {"level": 30, "time": 1769676129736, "pid": 1, "hostname": "h", "msg": "imported"}
    found = record_of(json.dumps(own | {"timestamp": "2020-01-01T00:00:00Z", "message": "x"}))
    assert found["@timestamp"].startswith("2026")
    assert found["message"] == "imported"


def test_keys_of_datadog_leave_the_dialect_as_it_is():
    line = {
        "level": "info",
        "ts": 1.5e9,
        "msg": "m",
        "dd.trace_id": "123",
        "stacktrace": "a\n\tb:1",
    }
    outcome = interpret(json.dumps(line).encode())
    assert DIALECTS[outcome.dialect] == "zap"
    assert outcome.trace == "123"


NO_IDS = [
    "${ctx:traceId}",
    "%X{traceId}",
    "<nil>",
    "%!s(<nil>)",
    "false",
    "unknown",
    "-1",
    "{}",
    "[]",
]


@pytest.mark.parametrize("value", [*NO_IDS, "[]", "True", "()", "*", '""'])
def test_what_nobody_filled_in_is_no_id(value: str):
    assert interpret(json.dumps({"message": "m", "traceId": value}).encode()).trace == ""


@pytest.mark.parametrize(
    "text",
    [
        "time=2023-01-29T08:42:09Z level=info msg=hi tid=12",
        '{"message":"m","tid":"12"}',
        '{"message":"m","trace":"enabled"}',
        "select 1 from items i join orders o1_0 on i.order_id=o1_0.id",
        '{"message":"m","txid":741}',
    ],
)
def test_what_looks_like_an_id_and_is_none(text: str):
    """A thread's number or a column of SQL would tie a day of lines together."""
    found = interpret(text.encode())
    assert (found.trace, found.transaction) == ("", "")


def test_a_service_is_not_the_object_that_a_controller_works_on():
    line = "time=2023-01-29T08:42:09Z level=info msg=m application=argocd/shop"
    assert "service.name" not in record_of(line)


def test_a_sidecar_s_own_side_is_no_callee():
    line = {"response_code": 200, "response_flags": "-", "upstream_cluster": "inbound|8080||"}
    assert "destination.service" not in record_of(json.dumps(line | {"method": "GET", "path": "/"}))


def test_a_pair_with_a_name_that_is_taken_is_kept():
    line = 'I1125 19:50:26.223428   18844 main.go:33] "Event occurred" message="Created pod: x"'
    assert record_of(line)["labels"]["pairs.message"] == "Created pod: x"


def test_one_name_dotted_and_nested_is_kept_twice():
    found = record_of('{"trace.id":"A-1","trace":{"id":"A-2"},"message":"m"}')
    assert (found["trace.id"], found["labels"]) == ("A-1", {"trace.id": "A-2"})


def test_ids_of_a_quarantined_object_are_found_under_any_name():
    line = json.dumps({"level": "error", "otelTraceID": TRACE})
    assert interpret(line.encode()).trace == TRACE


PAIRS = [
    ('{"remote_addr":"1.1.1.1","request":"GET /a HTTP/1.1","status":"200"}',
     '{"remote_addr":"1.1.1.1","request":"x","status":"400"}'),
    ('{"level":1.5,"time":1,"msg":"m"}', '{"level":[1],"time":1,"msg":"m"}'),
    ('{"SeverityText":"INFO","Body":{"Value":"m"},"Resource":[{"Key":"service.name","Value":{"Value":"a"}}]}',
     '{"SeverityText":"INFO","Body":{"Value":"m"},"Resource":[{"Key":"service.name","Value":{"Value":7}}]}'),
]  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS)
def test_unlike_lines_of_one_shape(pair: tuple[str, str]):
    """Each becomes what it becomes alone."""
    contents = [line.encode() for line in pair * 3]
    assert interpret_all(contents, {}) == columns_of(map(interpret, contents))


def test_a_bug_of_a_dialect_ends_nothing(monkeypatch: pytest.MonkeyPatch):
    """The line it fails over is kept aside, those around it are not."""

    def fail(*_: object) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(JsonDialect, "severities", fail)
    contents = [
        b'{"level":"info","ts":1.5,"msg":"m"}',
        b'{"log.level":"info","message":"m"}',
        b"text",
    ]
    found = interpret_all(contents * 2, {})
    assert [flags & Flag.QUARANTINED for flags in found.flags] == [1, 0, 0] * 2
    assert json.loads(found.jsons[0])["clew.reason"] == Reason.UNREADABLE
    assert golang.ZAP.name == "zap"
