"""
Numbers of payment cards: the digits of an issuer, the length it uses, and a sum that fits.

The sum alone (Luhn's, ISO/IEC 7812-1) passes a tenth of all long numbers; with first digits and
length it passes one in fifty of the numbers of 16 digits. So a number counts only where it stands
alone: digits inside a longer run, a UUID, or behind `pay_` or `order-` are part of an ID.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# https://en.wikipedia.org/wiki/Payment_card_number names the issuers' own pages for each row.
ISSUERS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("American Express", r"3[47]", (15,)),
    ("Diners Club", r"30[0-59]|3[689]", (14, 16, 19)),
    ("JCB", r"35(?:2[89]|[3-8])", (16, 17, 18, 19)),
    ("Visa", r"4", (13, 16, 19)),
    ("Mastercard", r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)", (16,)),
    ("Maestro", r"50(?:18|20|38)|5893|6304|67(?:59|6[1-3])", (13, 14, 15, 16, 17, 18, 19)),
    ("Discover", r"6011|64[4-9]|65", (16, 17, 18, 19)),
    ("UnionPay", r"62", (16, 17, 18, 19)),
    ("Mir", r"220[0-4]", (16, 17, 18, 19)),
    ("RuPay", r"60|508", (16,)),
    ("Elo", r"50(?:67|9)|6363(?:68|297)|627780", (16,)),
)
"""Issuer, its first digits, its lengths. None begins with 0, 1, 7, 8 or 9."""

_ISSUED = [(re.compile(prefix), frozenset(lengths)) for _, prefix, lengths in ISSUERS]
_NOT_DIGITS = re.compile(r"\D")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

_DIGIT_GROUPS = r"""
    [2-6][0-9]{3}(?P<gap>[ -])[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}
  | 3[0-9]{3}[ -][0-9]{6}[ -][0-9]{4,5}
  | [2-6][0-9]{5}[ -][0-9]{13}
  | [2-6][0-9]{12,18}
"""
# Groups of four may go on with one of three (19 digits), or with a space and the three digits that
# check the card; which of the two is told by the sum, so the longer one is tried first.
_LONGER = (
    r"[2-6][0-9]{3}(?P<space>[ -])[0-9]{4}(?P=space)[0-9]{4}(?P=space)[0-9]{4}(?P=space)[0-9]{3}"
)
_BEFORE = r"(?:(?<![0-9A-Za-z_-])(?<![0-9A-Za-z][.])|(?<=\\[nrt]))"
_BEHIND = r"(?![0-9A-Za-z])(?![-_.][0-9A-Za-z])"

_NUMBER = re.compile(
    # A look ahead takes nothing away, so that a number that is none does not hide one behind it.
    rf"{_BEFORE}(?=[2-6][0-9]{{3}})"
    rf"(?:(?=(?P<longer>{_LONGER}){_BEHIND})|)(?:(?=(?P<shorter>{_DIGIT_GROUPS}){_BEHIND})|)",
    re.VERBOSE | re.ASCII,
)


_FOLDED = (
    r"4[04]{3}(?:[04]{9,15}[ :/\\-]|[ -][04]{4}[ -][04]{4}[ -][04]{4}|[ -][04]{6}[ -][04]{4}"
    r"|[04]{2}[ -][04]{13})"
)
SIEVE = tuple(
    before + _FOLDED
    # One expression for all is twice as slow: only so few beginnings are looked for as literals.
    for before in (" ", r"(?:[:/]|\\[nrt]?)", r"\\u[a-f04]{4}")
)
"""What a card looks like in a folded line, also behind `\n` or a character's number in JSON."""


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers of cards stand in a text, the digits in groups or not."""
    for match in _NUMBER.finditer(text):
        for group in ("longer", "shorter"):
            if match[group] and is_card(match[group]):
                yield match.span(group)
                break


def digits_only(number: str) -> str:
    return _NOT_DIGITS.sub("", number)


def is_card(number: str) -> bool:
    """Whether digits, in groups or not, can be the number of a card."""
    digits = digits_only(number)
    issued = any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in _ISSUED)
    return issued and _fits_sum(digits)


def _fits_sum(digits: str) -> bool:
    total = sum(int(digit) for digit in digits[-1::-2])
    total += sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0
