"""What holds whatever an application writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from agent.redaction.built_in import BUILT_IN
from agent.redaction.config import RedactionConfig
from agent.redaction.redactor import PROTECTED, Redactor
from agent.redaction.sieve import Sieve, fold
from clew.schema.dialects.catalog import CANONICAL
from clew.schema.dialects.text_ids import find_ids
from clew.schema.interpreting import interpret
from clew.schema.record import Record
from tests.unit.agent.redaction.conftest import KEY

TOKEN = re.compile(r"\[redacted:[a-z_]+:[0-9a-f]{8}\]")
REDACTOR = Redactor.build(RedactionConfig(), KEY)

PIECES = [
    *(pattern.example for pattern in BUILT_IN.values()),
    *("password", "token", "secret", "api_key", "pwd", "Bearer ", "authorization", "basic "),
    *(
        "=",
        ": ",
        ":",
        "://",
        "@",
        "'",
        '"',
        "\\",
        '\\"',
        " ",
        "-",
        ",",
        "&",
        "\n",
        "é",
        "𝒳",
        "\x00",
    ),
    *("4012888888881881", "4012 8888 8888 1881", "12", "a1", "eyJhbGciOiJ9.eyJhbGciOiJ9.", "****"),
    *("trace_id=", "span-id: ", "order_id=", "txId:", "16:42:09.735 INFO ", "[a,0123456789abcdef-"),
    *("[redacted:card:0123abcd]", "[redacted:", "-----BEGIN PRIVATE KEY-----", "-----END"),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join)
KEYS = st.sampled_from([*sorted(PROTECTED), "message", "password", "authToken", "a", "b"]) | TEXTS
JSON = st.recursive(
    TEXTS | st.integers() | st.just(4012888888881881) | st.booleans() | st.none() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.builds(
    lambda value, ascii_only, indent: json.dumps(
        value, ensure_ascii=ascii_only, separators=(",", ":" + " " * indent)
    ),
    st.dictionaries(KEYS, JSON, max_size=5),
    st.booleans(),
    st.integers(0, 1),
).filter(lambda text: "NaN" not in text and "Infinity" not in text)
CANONICAL_LINES = st.builds(
    lambda message, logger, labels, order: json.dumps(
        {
            "@timestamp": "2023-01-29T08:42:09.736Z",
            "log.level": "info",
            "message": message,
            "log.logger": logger,
            "labels": labels | {"order_id": order},
        }
    ),
    TEXTS,
    TEXTS.map(lambda text: text[-1024:].rjust(1020, "x")),
    st.dictionaries(st.sampled_from(["password", "a", "b"]), TEXTS, max_size=3),
    TEXTS,
).filter(lambda line: interpret(line.encode()).dialect == CANONICAL)


def redact(line: str) -> str:
    contents = [line.encode()]
    REDACTOR.redact(contents)
    return contents[0].decode()


def ids(value: object, name: str | None = None) -> Iterator[tuple[str, object]]:
    """The values under names of IDs, wherever objects lead to them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ids(inner, key if name is None else f"{name}.{key}")
    elif name in PROTECTED and not isinstance(value, list):
        yield name, value


@given(OBJECTS)
def test_json_stays_json_with_the_same_keys_and_ids(line: str):
    before, after = json.loads(line), json.loads(redact(line))
    assert list(ids(after)) == list(ids(before))
    assert shape(after) == shape(before)


def shape(value: object) -> object:
    """What is left without strings and numbers."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return value if value is None or isinstance(value, bool) else "value"


@given(CANONICAL_LINES)
def test_a_canonical_line_stays_canonical(line: str):
    before, after = interpret(line.encode()), interpret(redact(line).encode())
    assert after.dialect == CANONICAL
    assert (after.transaction, after.severity) == (before.transaction, before.severity)


@given(TEXTS)
def test_the_ids_of_text_stay(line: str):
    def found(text: str) -> tuple[object, ...]:
        record = Record()
        find_ids(record, text)
        labels = {} if record.labels is UNSET else record.labels
        return record.trace, record.span, record.transaction, labels.get("order_id")

    assert found(redact(line)) == found(line)


@given(OBJECTS | TEXTS)
def test_redacting_twice_changes_nothing(line: str):
    once = redact(line)
    contents = [once.encode()]
    assert REDACTOR.redact(contents) == {}
    assert contents == [once.encode()]


@given(OBJECTS | TEXTS)
def test_what_is_no_secret_keeps_its_characters(line: str):
    """Between tokens stand the characters of the line, in their order; a number may get quotes."""
    place = 0
    for part in TOKEN.split(redact(line).replace('"', "")):
        found = line.replace('"', "").find(part, place)
        assert found >= 0
        place = found + len(part)


@given(st.binary(max_size=200), st.sampled_from(PIECES))
def test_bytes_that_are_no_text_stay_around_a_secret(noise: bytes, piece: str):
    contents = [noise + b" password=hunter2 " + noise, noise + piece.encode() + noise]
    REDACTOR.redact(contents)
    assert contents[0].startswith(noise + b" password=[redacted:password:")
    assert contents[0].endswith(b"] " + noise)
    assert REDACTOR.redact(contents.copy()) == {}


@given(OBJECTS | TEXTS)
def test_a_sieve_keeps_nothing_back_that_its_pattern_would_find(line: str):
    for pattern in BUILT_IN.values():
        if next(pattern.find(line), None) is not None:
            assert Sieve(pattern.sieve).passes(fold([line.encode()]))


@given(st.lists(TEXTS | OBJECTS, max_size=40))
def test_a_line_is_redacted_alone_as_among_others(lines: list[str]):
    contents = [line.encode() for line in lines]
    REDACTOR.redact(contents)
    assert contents == [redact(line).encode() for line in lines]
