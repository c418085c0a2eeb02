"""Any JSON object: which value becomes which field, and what becomes of the others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clew.schema.dialects.catalog import NONE, TEXT
from clew.schema.dialects.names import ALIASES
from tests.support.records import record_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TIME = "2023-01-29T08:42:09.736Z"
NANOSECONDS = "2023-01-29T08:42:09.736000000Z"
STACK = "shop.CardRefused: no\n\tat shop.Issuer.charge(Issuer.java:88)"


def record(line: dict[str, Any] | str) -> dict[str, Any]:
    return record_of(line if isinstance(line, str) else json.dumps(line))


def with_value(name: str, written: str) -> dict[str, Any]:
    """The record of an object with a message and this value, as it is written in JSON."""
    return record(f'{{"{name}":{written},"msg":"m"}}')


def test_no_name_means_two_things():
    names = [alias for aliases in ALIASES.values() for alias in aliases]
    assert len(names) == len(set(names))


TIMES: dict[str, tuple[str, str]] = {
    "RFC 3339 to the millisecond": (f'"{TIME}"', TIME),
    "RFC 3339 to 100 nanoseconds": ('"2023-01-29T08:42:09.7364420Z"',) * 2,
    "RFC 3339 to the nanosecond, with a zone": ('"2023-01-29T16:42:09.736442008+08:00"',) * 2,
    "RFC 3339 to the second": ('"2023-01-29T08:42:09Z"',) * 2,
    "a space, a comma, a zone without a colon": ('"2023-01-29 16:42:09,736+0800"', NANOSECONDS),
    "13 digits of a second": (
        '"2023-01-29T08:42:09.7364420089999Z"',
        "2023-01-29T08:42:09.736442008Z",
    ),
    "a leap second": ('"2016-12-31T23:59:60Z"', "2017-01-01T00:00:00.000000000Z"),
    "seconds with three decimals": ("1674981729.736", NANOSECONDS),
    "seconds with a float's decimals": ("1674981729.7364421", "2023-01-29T08:42:09.736442100Z"),
    "milliseconds": ("1674981729736", NANOSECONDS),
    "microseconds": ("1674981729736442", "2023-01-29T08:42:09.736442000Z"),
    "nanoseconds": ("1674981729736442008", "2023-01-29T08:42:09.736442008Z"),
    "nanoseconds as a text": ('"1674981729736442008"', "2023-01-29T08:42:09.736442008Z"),
}


@pytest.mark.parametrize(("written", "expected"), TIMES.values(), ids=TIMES)
def test_time(written: str, expected: str):
    """A time that carries a zone, or counts from 1970, keeps all the digits that a store takes."""
    found = with_value("time", written)
    assert found == {"@timestamp": expected.strip('"'), "message": "m"}


NO_TIMES = ['"2023-01-29 08:42:09,736"', '"12:00"', '"1969-12-31T23:59:59Z"', "5", "-1", "true"]


@pytest.mark.parametrize("written", [*NO_TIMES, "1e999", '"2023-02-30T00:00:00Z"', "[1]"])
def test_no_time(written: str):
    """A time that nobody can compare, or a store can't hold, is a label, as it was written."""
    label = written.strip('"')
    assert with_value("time", written) == {"message": "m", "labels": {"time": label}}


def test_the_first_name_that_fits_gives_the_field():
    """A name that usually tells more gives way where its value is no such thing."""
    written = {"@timestamp": "noon", "ts": 1674981729.736, "trace.id": "-", "traceId": TRACE}
    assert record(written | {"level": "", "severity": "INFO", "msg": "m"}) == {
        "@timestamp": NANOSECONDS,
        "trace.id": TRACE,
        "log.level": "INFO",
        "message": "m",
        "labels": {"@timestamp": "noon", "trace.id": "-", "level": ""},
    }


@pytest.mark.parametrize("value", ["true", "[1]", '"N/A"', '"0000"', '"at Cart.pay (1)"', "1.5"])
def test_no_id(value: str):
    """A placeholder, a flag or a sentence under the name of an ID ties no lines together."""
    found = with_value("trace", value)
    assert found == {"message": "m", "labels": {"trace": value.strip('"')}}


def test_numbers_are_ids_but_not_a_threads():
    found = record('{"transaction_id":4711,"tid":140,"msg":"m"}')
    assert found == {"message": "m", "transaction.id": "4711", "labels": {"tid": "140"}}


def test_an_error_that_says_no_is_none():
    """`error` is a text in some loggers and a flag in others."""
    found = record('{"error":false,"stack":"","msg":"m"}')
    assert found == {"message": "m", "labels": {"error": "false", "stack": ""}}


@pytest.mark.parametrize("value", ['"x"', '"007"', "1e3", "12.0", "-1", "1000", "9" * 40])
def test_a_number_that_is_none_of_the_field(value: str):
    """A status that is none is a label, as it was written."""
    found = with_value("status", value)
    assert found == {"message": "m", "labels": {"status": value.strip('"')}}


def test_what_failed_is_the_message_where_there_is_no_other():
    assert record({"level": "error", "stack": STACK})["message"] == STACK.split("\n", maxsplit=1)[0]
    assert record({"level": "error", "error": "no", "stack": STACK})["message"] == "no"


def test_a_message_of_another_type_is_kept_as_it_was_written():
    assert record('{"msg":{"a":[1, 2]},"message":[1, {"b":2}]}') == {
        "message": '[1, {"b":2}]',
        "labels": {"msg.a": "[1, 2]"},
    }


def test_an_object_without_a_message_is_rejected():
    """The schema requires one; `{"level":"error"}` is what winston leaves of an Error."""
    rejected = record_of('{"level":"error"}', NONE)
    assert rejected["clew.reason"] == "missing_field"
    assert rejected["clew.field"] == "message"


TEXTS = ["{ a: 1 }", "{'a': 1}", "{x} items", "[1, 2]", '"quoted"', "17", "{", "\ufeff{}"]


@pytest.mark.parametrize("text", TEXTS)
def test_what_only_looks_like_json_is_text(text: str):
    """Node prints objects with bare names, Python with single quotes: nothing is broken there."""
    assert record_of(text, TEXT) == {"message": text}


BROKEN = {
    '{"msg":"m"': "invalid_json",
    '{"msg":"m"} {"msg":"n"}': "invalid_json",
    '{"msg":"m","x":Nan}': "invalid_json",
    '{"msg":"m","x":"\\ud800"}': "invalid_json",
    '{ "msg" : "m" }}': "invalid_json",
    '{"msg":"m","x":' + "[" * 3000 + "]" * 3000 + "}": "too_deep",
    '{"msg":"m","x":' + '{"a":' * 3000 + "1" + "}" * 3001: "too_deep",
    '{"msg":"m","msg":"n"}': "duplicate_key",
    '{"msg":"m","a":{"b":1,"b":2}}': "duplicate_key",
    '{"msg":"m","a":1,"a":2,"\\u0022\\u0022":3}': "duplicate_key",
    "{}": "missing_field",
}


@pytest.mark.parametrize(("line", "reason"), BROKEN.items())
def test_broken(line: str, reason: str):
    """What begins like an object and is none is kept aside with the reason."""
    rejected = record_of(line, NONE)
    assert rejected["clew.reason"] == reason
    assert rejected["event.original"] == line


def test_python_s_numbers_that_are_none():
    """Python's json writes NaN, which is no JSON; what stands in a text is left alone."""
    found = record('{"msg":"x: NaN, [Infinity","a":NaN,"b":[-Infinity, 1],"c":{"d":Infinity}}')
    assert found == {
        "message": "x: NaN, [Infinity",
        "labels": {"a": "NaN", "b": '["-Infinity", 1]', "c.d": "Infinity"},
    }


def test_a_key_that_stands_twice_is_found_where_it_stands():
    assert record_of('{"a":{"b":{"c":1,"c":2}}}', NONE)["clew.field"] == "a.b"


def test_names_of_ours_become_labels():
    """Nothing that an application writes stands beside what clew says of the line."""
    found = record('{"msg":"m","kubernetes":{"pod.name":"evil"},"_id":"7","stream":"x","clew.x":1}')
    assert found["labels"] == {
        "kubernetes.pod.name": "evil",
        "_id": "7",
        "stream": "x",
        "clew.x": "1",
    }
