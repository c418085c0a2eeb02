from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.redaction.cards import ISSUERS, digits_only, is_card

# Numbers that payment services give out for tests; nobody can pay with them.
NUMBERS = {
    "American Express": "378282246310005",
    "Diners Club": "30569309025904",
    "JCB": "3530111333300000",
    "Visa": "4012888888881881",
    "Mastercard": "5555555555554444",
    "Maestro": "6759649826438453",
    "Discover": "6011111111111117",
    "UnionPay": "6200000000000005",
    "Mir": "2200000000000004",
    "RuPay": "6074825972083818",
    "Elo": "5067310000000010",
}


def test_every_issuer_has_a_number_here():
    assert [issuer for issuer, _, _ in ISSUERS] == list(NUMBERS)


@pytest.mark.parametrize("number", [*NUMBERS.values(), "4222222222222", "2223003122003222"])
@pytest.mark.parametrize(
    "line", ["{}", "paid with {}.", "card:{}", "({})", '{{"n":"{}"}}', "n={};"]
)
def test_a_card_is_found(redact: Callable[[str], str], number: str, line: str):
    assert "[redacted:card:" in redact(line.format(number))


@pytest.mark.parametrize(
    "written",
    [
        "4012 8888 8888 1881",
        "4012-8888-8888-1881",
        "4012 8888 8888 1881 123 12/27",
        "3782 822463 10005",
        "3782-822463-10005",
        "3056 930902 5904",
        "12 4012 8888 8888 1881",
        "2345 4012 8888 8888 1881",
        "620000 0000000000000",
    ],
)
def test_a_card_in_groups_is_found(redact: Callable[[str], str], written: str):
    assert "[redacted:card:" in redact(f"paid with {written} today")


def test_groups_and_no_groups_are_one_card(redact: Callable[[str], str]):
    whole = redact("4012888888881881")
    assert redact("4012 8888 8888 1881") == whole
    assert redact('{"message":"4012-8888-8888-1881"}') == f'{{"message":"{whole}"}}'


@pytest.mark.parametrize(
    ("line", "because"),
    [
        ("4012888888881882", "the sum does not fit"),
        ("1234567812345670", "no issuer's number begins with 1"),
        ("7992739871300000006", "no issuer's number begins with 7"),
        ("9999999999999995", "no issuer's number begins with 9"),
        ("8800000000000002", "no issuer's number begins with 8"),
        ("401288888888188", "the sum fits, but Visa has no number of 15 digits"),
        ("54012888888881881", "its digits go on in front"),
        ("40128888888818810", "its digits go on behind"),
        ("ab4012888888881881", "letters stand before it"),
        ("4012888888881881cd", "letters stand behind it"),
        ("order-4012888888881881", "it is part of an ID"),
        ("pay_4012888888881881", "it is part of an ID"),
        ("4012888888881881-7", "it is part of an ID"),
        ("4012888888881881.25", "it is an amount"),
        ("40128888-8888-4188-8188-401288888888", "it is a UUID"),
        ("4012 8888-8888 1881", "the gaps differ"),
        ("4012:8888:8888:1881", "no card is written so"),
        ("1675000000123", "it is a time in milliseconds"),
        ("00000000000000004012888888881881", "it is a trace"),
    ],
)
def test_a_number_that_is_no_card_stays(redact: Callable[[str], str], line: str, because: str):
    assert redact(line) == line, because
    assert redact(f'{{"message":"n {line}"}}') == f'{{"message":"n {line}"}}', because


@pytest.mark.parametrize("before", [r"\n", r"\t", r"\u5361", r"\u00e9", "卡", "\\\\"])
def test_a_card_is_found_behind_what_json_escapes(redact: Callable[[str], str], before: str):
    line = f'{{"message":"{before}4012888888881881"}}'
    assert redact(line).startswith(f'{{"message":"{before}[redacted:card:')


def test_a_number_of_json_becomes_a_string(redact: Callable[[str], str]):
    """A card that an application logs as a number is no less a card."""
    line = redact('{"message":"x","labels":{"a":4012888888881881, "b":4012888888881881.5}}')
    token = redact("4012888888881881")
    assert line == f'{{"message":"x","labels":{{"a":"{token}", "b":4012888888881881.5}}}}'


def test_the_sum_alone_would_take_a_tenth_of_all_numbers():
    """Issuers and lengths leave one in fifty of those with 16 digits."""
    numbers = [f"{number:016d}" for number in range(0, 10**16, 10**16 // 9_973 + 1)]
    assert 0.01 < sum(map(is_card, numbers)) / len(numbers) < 0.03


def test_what_parts_digits_is_left_out():
    assert digits_only("40 12-8") == "40128"
