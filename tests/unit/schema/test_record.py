from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.record import (
    LABELS,
    decode_canonical,
    decode_record,
    quotes,
    storable_timestamp,
    storable_timestamps,
)
from tests.support.strict_json import load_strictly

MESSAGE = b'"log.level":"info","message":"paid"'


def line(*members: bytes) -> bytes:
    """A line with a level and a message, and these members after them."""
    return b"{" + b",".join([MESSAGE, *members]) + b"}"


def labels(count: int) -> bytes:
    return b'"labels":{' + b",".join(b'"k%d":"v"' % n for n in range(count)) + b"}"


CANONICAL = {
    "level and message": line(),
    "every field": line(
        b'"@timestamp":"2023-01-29T08:42:09.736442008Z","service.name":"cart"',
        b'"trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","span.id":"00f067aa0ba902b7"',
        b'"parent.id":"b7ad6b7169203331","transaction.id":"O-77","log.logger":"shop.Cart"',
        b'"process.thread.name":"main","error.type":"E","error.message":"m"',
        b'"error.stack_trace":"at x","event.duration":12,"http.request.method":"GET"',
        b'"url.path":"/","http.response.status_code":200,"destination.service":"stock"',
        b'"event.dataset":"cart.log","service.version":"1","service.environment":"live"',
        b'"ecs.version":"1.2.0","labels":{"order_id":"O-77"}',
    ),
    "white space around tokens": b' \t{ "log.level" : "info" ,\r "message" : "paid" }\r',
    "an escaped letter in a key": b'{"log\\u002elevel":"info","mess\\u0061ge":"paid"}',
    "quotes in values and keys": line(b'"labels":{"a\\"b":"\\"\\"","c\\\\\\"d":"\\\\"}'),
    "quotes written as u0022": line(b'"labels":{"a\\u0022b":"{\\u0022x\\u0022:1}"}'),
    "a backslash before the text u0022": line(b'"labels":{"x":"\\\\u0022"}'),
    "a label with the name of a field": line(b'"labels":{"clew.x":"1","kubernetes.y":"2"}'),
    "no labels in labels": line(b'"labels":{}'),
    "as many labels as there may be": line(labels(LABELS)),
    "the longest ID": line(b'"trace.id":"' + b"a" * 256 + b'"'),
    "the highest duration": line(b'"event.duration":9223372036854775807'),
    "letters outside ASCII": line('"service.name":"Zürich \U0001f600"'.encode()),
}


@pytest.mark.parametrize("canonical", CANONICAL.values(), ids=CANONICAL)
def test_canonical(canonical: bytes):
    """A canonical line decodes, and is JSON that a strict reader takes too."""
    assert decode_canonical(canonical) is not None
    load_strictly(canonical)


OTHER = {
    "no message": b'{"log.level":"info"}',
    "no level": b'{"message":"paid"}',
    "an unknown key": line(b'"user":"7"'),
    "a kubernetes key": line(b'"kubernetes":{"pod":"evil"}'),
    "a dotted kubernetes key": line(b'"kubernetes.pod.name":"evil"'),
    "a clew key": line(b'"clew.x":"1"'),
    "a document's own ID": line(b'"_id":"7"'),
    "the stream": line(b'"stream":"stderr"'),
    "a nested level": b'{"log":{"level":"info"},"message":"paid"}',
    "a key twice": line(b'"message":"again"'),
    "a key twice, once escaped": line(b'"mess\\u0061ge":"again"'),
    "a key twice, with white space": line(b'"message"  :"again"'),
    "a number twice": line(b'"event.duration":1,"event.duration":1'),
    "a label twice": line(b'"labels":{"a":"1","a":"2"}'),
    "labels twice": line(b'"labels":{"a":"1"},"labels":{"a":"1"}'),
    "a key twice, hidden by quotes as u0022": line(
        b'"labels":{"a":"1","a":"2","b":"\\u0022\\u0022\\u0022\\u0022"}'
    ),
    "invalid UTF-8 in a value": line(b'"service.name":"\xff"'),
    "invalid UTF-8 in a key": line(b'"\xff":1'),
    "half of a surrogate pair": line(b'"service.name":"\\ud83d"'),
    "half of a surrogate pair in UTF-8": line(b'"service.name":"\xed\xa0\xbd"'),
    "a byte order mark": b"\xef\xbb\xbf" + line(),
    "a tab in a text": line(b'"service.name":"a\tb"'),
    "two objects": line() + line(),
    "two objects and a space": line() + b" " + line(),
    "something after it": line() + b"x",
    "a comma after it": line() + b",",
    "cut off": line()[:-1],
    "an array": b"[" + line() + b"]",
    "a text": b'"paid"',
    "nothing": b"",
    "a newline as white space": b"{\n" + MESSAGE + b"}",
    "a newline after it": line() + b"\n",
    "null": line(b'"trace.id":null'),
    "a number for a text": line(b'"trace.id":7'),
    "1e999": line(b'"event.duration":1e999'),
    "a fraction for a whole number": line(b'"event.duration":1.5'),
    "a negative duration": line(b'"event.duration":-1'),
    "a duration beyond 64 bits": line(b'"event.duration":9223372036854775808'),
    "a duration of 40 digits": line(b'"event.duration":' + b"9" * 40),
    "a status of four digits": line(b'"http.response.status_code":1000'),
    "an ID that is too long": line(b'"trace.id":"' + b"a" * 257 + b'"'),
    "a label that is too long": line(b'"labels":{"a":"' + b"x" * 8192 + b'"}'),
    "a label's key that is too long": line(b'"labels":{"' + b"k" * 257 + b'":"v"}'),
    "a label's key with NUL": line(b'"labels":{"a\\u0000b":"v"}'),
    "a label without a key": line(b'"labels":{"":"v"}'),
    "a label that is a number": line(b'"labels":{"a":1}'),
    "labels in labels": line(b'"labels":{"a":{"b":"c"}}'),
    "300 labels": line(labels(300)),
    "30 levels": line(b'"labels":' + b'{"a":' * 30 + b'"v"' + b"}" * 30),
    "3,000 levels": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "3,000 levels of arrays": line(b'"x":' + b"[" * 3000 + b"]" * 3000),
    "a time without a zone": line(b'"@timestamp":"2023-01-29T08:42:09"'),
}


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_not_canonical(other: bytes):
    """What is not in the closed set, or what a store would refuse, is not canonical."""
    assert decode_canonical(other) is None


def test_a_record_may_be_without_level_and_message():
    """What a dialect made has passed as a record, though no application need have written it."""
    assert decode_record(b"{}") is not None
    assert decode_canonical(b"{}") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (b'""', 2),
        (rb'"\""', 3),
        (rb'"\u0022"', 3),
        (rb'"\\u0022"', 2),
        (rb'"\\\u0022"', 3),
        (rb'"\\\\u0022\u0022"', 3),
    ],
)
def test_quotes(text: bytes, number: int):
    """A quotation mark counts however it is written, and an escaped backslash escapes nothing."""
    assert quotes(text) == number


STORABLE = [
    "2023-01-29T08:42:09Z",
    "2023-01-29T08:42:09.7Z",
    "2023-01-29T08:42:09.736442008Z",
    "2023-01-29T08:42:09.736+05:30",
    "2023-01-29T08:42:09-12:00",
    "2024-02-29T23:59:59+14:00",
    "1971-01-01T00:00:00Z",
    "2261-12-31T23:59:59.999999999Z",
]
UNSTORABLE = {
    "": "empty",
    "2023-01-29": "a date",
    "2023-01-29T08:42:09": "no zone",
    "2023-01-29T08:42Z": "no seconds",
    "2023-01-29 08:42:09Z": "a space for the T",
    "2023-01-29t08:42:09Z": "a lower-case T",
    "2023-01-29T08:42:09z": "a lower-case Z",
    "2023-01-29T08:42:09,736Z": "a comma for the point",
    "2023-01-29T08:42:09.Z": "a point without digits",
    "2023-01-29T08:42:09.1234567890123Z": "13 digits of a second",
    "2023-01-29T08:42:09+0530": "a zone without its colon",
    "2023-01-29T08:42:09+18:30": "a zone that Java does not know",
    "2023-01-29T08:42:09+05:60": "a zone of 60 minutes",
    "2023-02-30T08:42:09Z": "30 February",
    "2023-13-01T08:42:09Z": "month 13",
    "2023-01-29T24:00:00Z": "hour 24",
    "2023-01-29T08:60:09Z": "minute 60",
    "2016-12-31T23:59:60Z": "a leap second",
    "1969-12-31T23:59:59Z": "before 1970",
    "2262-01-01T00:00:00Z": "beyond 64 bits of nanoseconds",
    "12023-01-29T08:42:09Z": "a year of five digits",
    "٢٠٢٣-01-29T08:42:09Z": "digits that are not ASCII",
    " 2023-01-29T08:42:09Z": "a space before it",
    "2023-01-29T08:42:09Z\n": "a newline after it",
}


@pytest.mark.parametrize("text", STORABLE)
def test_storable_timestamp(text: str):
    """RFC 3339 with a zone and up to nine digits goes to a store as it is written."""
    assert storable_timestamp(text)


@pytest.mark.parametrize("text", UNSTORABLE, ids=UNSTORABLE.get)
def test_unstorable_timestamp(text: str):
    """What Elasticsearch's date_nanos would refuse, or read otherwise, is not canonical."""
    assert not storable_timestamp(text)


PIECES = [
    "2023-01-29T08:42:09",
    ".123",
    ".123456789",
    "Z",
    "+01:00",
    ":60",
    "2023-02-30T",
    "\n",
    "T",
    "",
]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), max_size=5))
def test_timestamps_in_columns(texts: list[str]):
    """Many timestamps can be stored if each of them can."""
    assert storable_timestamps(texts) == all(map(storable_timestamp, texts))


@pytest.mark.parametrize("second", ["00", "59", "60", "99"])
def test_timestamps_of_one_length(second: str):
    """Those of one length are looked at in another way, which says the same."""
    texts = [f"2023-01-29T08:42:{second}.123Z", "2023-01-29T08:43:59.999Z"] * 3
    assert storable_timestamps(texts) == all(map(storable_timestamp, texts))
