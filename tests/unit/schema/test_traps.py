"""What breaks the parsers of others, one by one: lines that are not as they seem."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clew.schema.dialects.catalog import NONE
from clew.schema.interpreting import interpret
from clew.schema.line import DIALECTS, Flag
from tests.support.records import record_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def told(**members: Any) -> dict[str, Any]:
    return record_of(json.dumps(members))


def labels(record: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = record.get("labels", {})
    return found


def test_dotted_and_nested_names_of_one_prefix():
    """`log.level` beside `log: {origin: ...}` (ecs-logging): both are kept."""
    found = told(**{"log.level": "info", "message": "m", "log": {"origin": {"function": "f"}}})
    assert found["log.level"] == "info"
    assert labels(found) == {"log.origin.function": "f"}


def test_a_stack_trace_that_is_an_array_of_lines():
    found = told(message="m", **{"error.stack_trace": ["E: no", "\tat a.B.c(B.java:1)"]})
    assert found["error.stack_trace"] == "E: no\n\tat a.B.c(B.java:1)"


def test_one_line_is_many_records():
    records = [{"body": {"stringValue": text}} for text in ("one", "two")]
    line = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
    found = interpret(json.dumps(line).encode())
    assert found.flags & Flag.MANY
    assert [json.loads(each.json)["message"] for each in found.members()] == ["one", "two"]


@pytest.mark.parametrize("name", ["error", "log", "trace", "service", "host", "user"])
@pytest.mark.parametrize("value", ["text", {"a": "b"}, ["c"], 7, None])
def test_a_name_that_is_a_text_here_and_an_object_there(name: str, value: Any):
    """Elasticsearch refuses the second of them: here neither becomes a mapping."""
    found = told(message="m", **{name: value})
    assert all(isinstance(each, str) for each in labels(found).values())
    assert {type(each) for each in found.values()} <= {str, int, dict}


def test_an_error_that_winston_lost():
    """`logger.error(new Error())` leaves a level: it is kept aside, and the remedy says why."""
    found = record_of('{"level":"error"}', NONE)
    assert (found["clew.reason"], found["clew.field"]) == ("missing_field", "message")


def test_a_template_is_rendered():
    found = told(
        **{"@t": "2023-01-29T08:42:09Z", "@mt": "paid {Order} in {Ms:0.0} ms", "Order": "A-17"}
    )
    assert found["message"] == "paid A-17 in {Ms:0.0} ms"
    assert labels(found)["@mt"] == "paid {Order} in {Ms:0.0} ms"


def test_the_host_of_gelf_is_spring_s_service_and_log4j2_s_machine():
    gelf = {"version": "1.1", "short_message": "m", "host": "shop", "timestamp": 1674981729.7}
    assert told(**gelf, level=6, _level_name="INFO")["service.name"] == "shop"
    other = told(**gelf, level=6, _logger="a")
    assert "service.name" not in other
    assert labels(other)["host"] == "shop"


def test_name_is_the_service_of_pino_and_the_logger_of_python():
    pino = told(level=30, time=1674981729736, pid=1, hostname="h", name="shop", msg="m")
    assert pino["service.name"] == "shop"
    python = told(levelname="INFO", name="shop", message="m")
    assert python["log.logger"] == "shop"


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ({"level": 30, "time": 1674981729736, "msg": "m"}, 9),
        ({"levelno": 30, "message": "m"}, 13),
        ({"level": 4, "short_message": "m", "version": "1.1", "host": "h"}, 13),
        ({"level": "30", "message": "m"}, 9),
        ({"log.level": "WARN", "message": "m"}, 13),
        ({"level": "INFO+2", "time": "2023-01-29T08:42:09Z", "msg": "m"}, 11),
        ({"severity_number": 21, "body": "m", "trace_id": "0x0"}, 21),
        ({"level": None, "message": "m"}, 0),
        ({"level": {"name": "x"}, "message": "m"}, 0),
    ],
)
def test_levels_of_all_types(line: dict[str, Any], severity: int):
    assert interpret(json.dumps(line).encode()).severity == severity


def test_the_stacktrace_of_zap_is_where_it_was_logged():
    found = told(
        level="error", ts=1674981729.7, msg="m", error="no", stacktrace="main.main\n\tm.go:1"
    )
    assert "error.stack_trace" not in found
    assert labels(found)["stacktrace"].startswith("main.main")


@pytest.mark.parametrize("message", ["", [], [1], 7, True])
def test_messages_that_are_no_text_or_empty(message: Any):
    written = message if isinstance(message, str) else json.dumps(message)
    assert told(message=message, level="info")["message"] == written


@pytest.mark.parametrize("version", ["1", 1])
def test_the_version_of_logstash_says_nothing(version: Any):
    line = {"@timestamp": "2023-01-29T08:42:09Z", "@version": version, "message": "m"}
    assert told(**line, logger_name="a") == {
        "@timestamp": "2023-01-29T08:42:09Z",
        "message": "m",
        "log.logger": "a",
    }


def test_a_huge_key_of_the_context():
    """Micrometer's observation in the MDC: the line stays whole, beside what fits."""
    found = told(message="m", traceId=TRACE, **{"micrometer.observation": "x" * 20_000})
    assert found["trace.id"] == TRACE
    assert any(name.startswith("_line.") for name in labels(found))


def test_a_key_that_stands_twice():
    found = record_of('{"message":"m","a":1,"a":2}', NONE)
    assert found["clew.reason"] == "duplicate_key"


def test_numbers_that_are_none():
    assert labels(record_of('{"message":"m","a":NaN,"b":-Infinity}')) == {
        "a": "NaN",
        "b": "-Infinity",
    }


def test_skywalking_s_span_is_a_number_within_its_segment():
    line = "10:00:00 [TID:t.1.2] [SW_CTX: [shop,shop-1,t.1.2,s.1.3,0]] [main] INFO  a.B -m"
    found = record_of(line)
    assert (found["trace.id"], found["span.id"]) == ("t.1.2", "s.1.3-0")
    assert found["service.name"] == "shop"


@pytest.mark.parametrize("level", ["ERROR", "error", "Error", " ERROR", "eRRoR"])
def test_the_case_of_a_level_decides_nothing(level: str):
    assert interpret(json.dumps({"level": level, "message": "m"}).encode()).severity == 17


@pytest.mark.parametrize(
    "value", ["", "-", "0", "0" * 32, "null", "N/A", "0x0", "TID:N/A", "TID: N/A"]
)
def test_what_is_no_trace(value: str):
    """Taken for one, it would tie a day of unrelated lines together."""
    assert "trace.id" not in told(message="m", trace_id=value)
    assert labels(told(message="m", trace_id=value)) == {"trace_id": value}


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        (f"0x{TRACE}", TRACE),
        (TRACE.upper(), TRACE),
        ("bf92f3577b34da6a", "bf92f3577b34da6a"),
        ("fbf92f3577b34da6a", "fbf92f3577b34da6a".rjust(32, "0")),
        ("11803532876627986230", "11803532876627986230"),
        ("TID:t.1.2", "t.1.2"),
        (f"projects/p/traces/{TRACE}", TRACE),
        ("4BF92F35-77B3-4DA6-A3CE-929D0E0E4736", "4BF92F35-77B3-4DA6-A3CE-929D0E0E4736"),
        ("S/kvNXezTaajzpKdDg5HNg==", "S/kvNXezTaajzpKdDg5HNg=="),
    ],
)
def test_one_id_in_its_many_forms(value: str, normal: str):
    """What was written is found as well, where it is another."""
    found = told(message="m", trace_id=value)
    assert found["trace.id"] == normal
    assert labels(found) == ({} if value == normal else {"trace_id": value})


def test_a_traceparent_gives_trace_and_parent():
    header = f"00-{TRACE}-00f067aa0ba902b7-03"
    found = told(message="m", traceparent=header)
    assert (found["trace.id"], found["parent.id"]) == (TRACE, "00f067aa0ba902b7")
    assert "trace.id" not in told(message="m", traceparent=f"ff{header[2:]}")


def test_names_are_those_of_the_catalog():
    assert len(set(DIALECTS)) == len(DIALECTS)


def test_an_id_in_text_is_made_normal_too():
    found = record_of(f"10:00:00 [main] INFO  a.B - order_id=O-7 trace_id=0x{TRACE.upper()} paid")
    assert found["trace.id"] == TRACE
    assert labels(found) == {"local_time": "10:00:00", "order_id": "O-7"}
