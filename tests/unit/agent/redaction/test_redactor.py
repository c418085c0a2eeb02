"""What redaction leaves alone, and what a line is when it is through."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from agent.redaction.config import RedactionConfig
from agent.redaction.redactor import PROTECTED, Redactor
from agent.redaction.sieve import BLOCKS
from clew.schema.dialects.catalog import CANONICAL
from clew.schema.interpreting import interpret
from clew.schema.line import LINE_BYTES, Flag
from tests.unit.agent.redaction.conftest import KEY

Redact = Callable[[str], str]

CARD = "4012888888881881"
IDS = sorted(PROTECTED - {"duration", "event.duration"})


def nested(name: str, value: str) -> dict[str, object]:
    """`a.b` as an object in an object."""
    first, _, rest = name.partition(".")
    return {first: nested(rest, value) if rest else value}


@pytest.mark.parametrize("name", IDS)
def test_an_id_stays_even_where_a_pattern_fits(redact: Redact, name: str):
    for fields in ({name: CARD}, nested(name, CARD)):
        line = json.dumps({"message": f"charged {CARD}", **fields})
        token = redact(CARD)
        assert redact(line) == line.replace(f"charged {CARD}", f"charged {token}")


def test_a_number_that_is_an_id_stays(redact: Redact):
    line = f'{{"message":"x","order_id":{CARD},"event.duration":{CARD}}}'
    assert redact(line) == line


def test_only_the_name_as_a_whole_makes_an_id(redact: Redact):
    """In a list, or deeper in an object that is no ID, it is a value like any other."""
    for line in (
        f'{{"message":"x","a":{{"trace.id":"{CARD}"}}}}',
        f'{{"message":"x","trace.id":["{CARD}"]}}',
    ):
        assert CARD not in redact(line)


@pytest.mark.parametrize(
    "text",
    [
        f"trace_id={CARD} charged {{}}",
        f"orderNumber: {CARD}, charged {{}}",
        f'charged {{}} for "transactionId":"{CARD}"',
        f"16:42:09.735 INFO  c.c.Pay#83 TraceID: {CARD} SpanID: {CARD} charged {{}}",
        f"[shop,{CARD},{CARD},true] charged {{}}",
    ],
)
def test_the_ids_of_text_stay(redact: Redact, text: str):
    assert redact(text.format(CARD)) == text.format(redact(CARD))


def test_an_id_in_the_middle_of_a_secret_stays(redact: Redact):
    line = redact("password=a1,trace_id=4711x&password=hunter2")
    assert interpret(line.encode()).json == interpret(line.encode()).json
    assert "trace_id=4711x" in line
    assert "hunter2" not in line


def test_a_canonical_line_stays_canonical(redact: Redact):
    line = {
        "@timestamp": "2023-01-29T08:42:09.736Z",
        "log.level": "info",
        "message": f'charged {CARD} "quoted" \\ back\n-----BEGIN PRIVATE KEY-----\n{"QUJD" * 9}\n',
        "labels": {"password": 'hun"ter2', "order_id": CARD},
    }
    for ascii_only in (True, False):
        redacted = redact(json.dumps(line, ensure_ascii=ascii_only))
        assert interpret(redacted.encode()).dialect == CANONICAL
        assert not re.search("hun|QUJD|charged 4", redacted)
        assert json.loads(redacted)["labels"]["order_id"] == CARD


@pytest.mark.parametrize(("field", "limit"), [("log.logger", 1024), ("url.path", 8191)])
def test_a_field_never_outgrows_its_limit(redact: Redact, field: str, limit: int):
    """Where a token has no room there are as many asterisks as the secret had characters."""
    value = "password=abcd".rjust(limit, "é")
    line = json.dumps({"message": "x", "log.level": "info", field: value})
    redacted = redact(line)
    assert json.loads(redacted)[field] == "password=****".rjust(limit, "é")
    assert interpret(redacted.encode()).dialect == CANONICAL
    assert redact(redacted) == redacted


def test_a_message_has_room(redact: Redact):
    redacted = redact(json.dumps({"message": "password=abcd".rjust(1024, "é")}))
    assert "password=[redacted:password:" in redacted


@pytest.mark.parametrize(
    "shape", ["{}", '{{"message":"{}"}}', '{{"message":"x{}","labels":{{"password":1234}}}}']
)
def test_a_line_never_outgrows_the_longest(redact: Redact, shape: str):
    """It would be rejected for its length, with a secret fewer and a record fewer."""
    padding = LINE_BYTES - len(shape.format("password=abcd"))
    line = shape.format("password=abcd " * 3 + " " * (padding - 2 * 14 - 1))
    assert len(line) == LINE_BYTES
    redacted = redact(line)
    assert len(redacted) <= LINE_BYTES
    assert "abcd" not in redacted
    assert not interpret(redacted.encode()).flags & Flag.QUARANTINED


def test_equal_secrets_have_equal_digits_with_one_key_only():
    """Two agents with one key agree, others do not."""
    lines = [b"a://u:hunter2@h", b'{"message":"x","password":"hunt\\u0065r2"}', b"password=other"]

    def digits(key: bytes) -> list[str]:
        contents = lines.copy()
        Redactor.build(RedactionConfig(), key).redact(contents)
        return re.findall(r"\[redacted:\w+:(\w{8})\]", b" ".join(contents).decode())

    first, second, other = digits(KEY)
    assert first == second != other
    assert digits(KEY) == [first, second, other]
    assert not {first, other} & set(digits(b"another key of bytes"))


def test_lines_are_found_wherever_they_stand():
    """In place, in a chunk of many lines, of which all others keep their bytes."""
    redactor = Redactor.build(RedactionConfig(), KEY)
    places = [0, 1, BLOCKS[1], BLOCKS[0] - 1, BLOCKS[0], 3 * BLOCKS[0] + 5]
    contents = [f"line {number}".encode() for number in range(places[-1] + 1)]
    for place in places:
        contents[place] = b"password=hunter2"
    before = contents.copy()
    assert redactor.redact(contents) == {"password": len(places)}
    assert [i for i, line in enumerate(contents) if line != before[i]] == places


def test_nothing_found_is_nothing_counted(redactor: Redactor):
    assert redactor.redact([]) == {}
    assert redactor.redact([b"", b"an ordinary line", b"\xff\x00"]) == {}


def test_what_is_turned_off_is_left_alone():
    line = f"password=hunter2 card {CARD}".encode()
    for config, gone in (
        (RedactionConfig(enabled=False), set()),
        (RedactionConfig(patterns=[]), set()),
        (RedactionConfig(patterns=["card"]), {CARD.encode()}),
        (RedactionConfig(patterns=["password"]), {b"hunter2"}),
    ):
        contents = [line]
        Redactor.build(config, KEY).redact(contents)
        assert {s for s in (CARD.encode(), b"hunter2") if s not in contents[0]} == gone


def own(**settings: object) -> Redactor:
    config = RedactionConfig.model_validate({"patterns": [], "own_patterns": [settings]})
    return Redactor.build(config, KEY)


@pytest.mark.parametrize("literals", [[], ["PAT/"], ["nowhere", "ient=PAT"]])
def test_an_own_pattern_replaces_its_group(literals: list[str]):
    redactor = own(name="patient", expression=r"(?<==)PAT/(?P<secret>\d+)$", literals=literals)
    contents = [b"patient=PAT/4711", rb'{"message":"patient\u003dPAT\/4711"}', b"x=PAT/4711 x"]
    assert redactor.redact(contents) == {"patient": 2}
    token = re.findall(rb"\[redacted:patient:\w{8}\]", contents[0])[0]
    assert contents[0] == b"patient=PAT/" + token
    assert contents[1] == rb'{"message":"patient\u003dPAT\/' + token + b'"}'
    assert contents[2] == b"x=PAT/4711 x"


def test_an_own_pattern_with_a_literal_is_tried_only_beside_it():
    contents = [b"code 123456", b"pin 123456"]
    assert own(name="pin", expression=r"\d{6}", literals=["pin"]).redact(contents) == {"pin": 1}
    assert contents[0] == b"code 123456"


def test_a_part_of_a_number_is_no_secret():
    """What is left of it would be no JSON."""
    redactor = own(name="pin", expression=r"\d{4}")
    contents = [b'{"message":"x","a":12345678,"b":1234.5,"c":"1234.5"}']
    assert redactor.redact(contents) == {"pin": 1}
    assert contents[0].startswith(b'{"message":"x","a":12345678,"b":1234.5,"c":"[redacted:pin:')


def test_bytes_that_are_no_text_stay_around_a_secret(redactor: Redactor):
    contents = [b"\xff\xfe password=hunter2 \x00\xc3", b'{"message":"\xff password=hunter2"}']
    redactor.redact(contents)
    assert re.fullmatch(rb"\xff\xfe password=\[[^]]+\] \x00\xc3", contents[0])
    assert re.fullmatch(rb'\{"message":"\xff password=\[[^]]+\]"\}', contents[1])


def test_what_looks_like_json_and_is_none_is_text(redact: Redact):
    for line in ('{"a":"password=hunter2', '{"password":"hunter2"}}', '{password: "hunter2"}'):
        assert "hunter2" not in redact(line)


HOSTILE = {
    "quotes that never end": b'"\\"' * 350_000,
    "an object of escapes": b'{"message":"' + b"\\u0041" * 170_000 + b'"}',
    "an object of keys": b"{" + b",".join(b'"%d":"token"' % n for n in range(60_000)) + b"}",
    "deep objects": b'{"token":' * 100_000,
    "digits": b"4" * 1_000_000,
    "groups of digits": b"4444 " * 200_000,
    "beginnings of tokens": b"eyJ" * 340_000,
    "tokens cut short": b"eyJhbGciOiJ9.eyJhbGciOiJ9" * 40_000,
    "addresses": b"a://" * 260_000,
    "users without a host": b"://a:" * 200_000,
    "names of settings": b"password" * 130_000,
    "settings without a value": b"password=" * 110_000,
    "settings and spaces": (b"password" + b" " * 100) * 9_000,
    "sentences": b"token: expired " * 70_000,
    "quoted settings": b"password='" * 100_000,
    "beginnings of keys": b"-----BEGIN PRIVATE KEY-----" * 38_000,
    "dashes": b"-----BEGIN PRIVATE KEY-----" + b"-" * 1_000_000,
    "schemes": b"authorization: bearer " * 47_000,
    "schemes without a token": b"bearer realm" * 80_000,
    "users": b"basic aaaa" * 100_000,
    "IDs": b"trace_id=4012888888881881 " * 40_000,
    "cards": b"4012888888881881 " * 60_000,
    "tokens of ours": b"password=[redacted:password:01234567] " * 27_000,
    "binary": bytes(range(256)) * 4_000 + b" password=hunter2",
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_megabyte_of_anything_is_redacted_and_settled(redactor: Redactor, line: bytes):
    """Time that grew with the square of the length would be hours here."""
    # An escaped letter makes all patterns be tried, the quote before it JSON that ends nowhere.
    contents = [line + b' "\\u0041 password=hunter2']
    redactor.redact(contents)
    again = contents.copy()
    assert redactor.redact(again) == {}
    assert again == contents
