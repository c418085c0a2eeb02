r"""
The patterns that come with clew.

Keeps true: the time that an expression takes grows with the length of a text and not with its
square, whatever stands there: repeats are bounded, or possessive and followed by nothing that can
fail, and each place is looked at from few beginnings.

Expressions see texts: what JSON escapes is decoded before.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable

from agent.redaction.cards import SIEVE as CARD_SIEVE
from agent.redaction.cards import digits_only, find_cards
from agent.redaction.pattern import Find, Pattern, by_expression, is_filled

PRIVATE_KEY = "private_key"

_FLAGS = re.ASCII | re.IGNORECASE

# A quote, in JSON inside of a text a backslash before it; `=`, `:`, `=>`.
_QUOTE = r"(?:\\{0,3}[\"'])"
_SIGN = rf"{_QUOTE}?(?:\s{{1,4}}(?:=>?|:)\s{{0,4}}|=>?|:\s{{0,4}})"
# The same in a folded line, where white space may be written as JSON does.
_FOLDED_SIGN = r"(?: |\\[nrt]?)*:"
# What ends a value without quotes: white space, brackets, quotes, and the next setting.
_BARE = r"(?:[^\s\"'&,;<>()\[\]{}|\\]|[,;](?![\s,;]|$|[\w.-]{1,40}\s?[=:]))++"
_VALUE = (
    rf"{_QUOTE}?(?P<secret>"
    r"(?<=\\[\"'])[^\"'\\]++"
    r"|(?<=\")(?:[^\"\\]|\\.)++"
    r"|(?<=')(?:[^'\\]|\\.)++"
    rf"|{_BARE})"
)

_SHORT = r"(?:(?<![A-Za-z])pwd|(?-i:(?<=[a-z])Pwd))"
_WORDS = r"(?:passw(?:or)?d|passphrase)"
_KEYS = ("api", "access", "private", "secret")
_NAMES = rf"(?:secret|token|(?:{'|'.join(_KEYS)})[_-]?key|credential)"
# `token: expired` is a sentence: behind a colon and a space a value has quotes, or a digit in it.
_SECRET_SIGN = (
    rf"{_QUOTE}?(?:\s{{1,4}}=>?\s{{0,4}}|=>?|\s{{0,4}}:(?!\s)"
    rf"|\s{{0,4}}:\s{{1,4}}(?={_QUOTE}|[^\s\"'\d]{{0,200}}\d))"
)
_B64 = r"[\w.~+/-]"
_BEARER = (
    r"\b(?:authorization\W{1,8}(?:bearer|token|apikey) {1,4}"
    rf"|bearer {{1,4}}(?=[^\s\d]{{0,200}}\d|{_B64}{{32}}))"
    rf"(?!\w{{1,20}}=\\?\")(?P<secret>{_B64}{{4,}}+={{0,2}})"
)
_ISSUED = (
    r"(?<![A-Za-z0-9_-])(?-i:"
    r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|glpat-[\w-]{20,64}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,255}|xapp-[A-Za-z0-9-]{10,255}"
    r"|[rs]k_live_[A-Za-z0-9]{16,255}|AIza[\w-]{35}|npm_[A-Za-z0-9]{36}"
    r")(?![\w-])"
)
_PEM = (
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?P<secret>(?:[^-]|-(?!----)){1,32768}+)"
)
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{20}")
_LINE_BREAKS = re.compile(r"\s|\\[nr]")


def _find(expression: str, is_secret: Callable[[str], bool] = is_filled) -> Find:
    return by_expression(re.compile(expression, _FLAGS), is_secret)


def _named(*names: str) -> tuple[str, ...]:
    """What names of settings look like in a folded line. Apart, they are looked for as literals."""
    return tuple(name + _FOLDED_SIGN for name in names)


def _key(expression: str) -> re.Pattern[str]:
    return re.compile(expression, _FLAGS)


def _is_long_enough(value: str) -> bool:
    """A secret has four characters or more; `token=512` counts something."""
    return is_filled(value) and len(value) >= (6 if value.isdigit() else 4)


def _is_user_and_password(value: str) -> bool:
    """Whether a word behind `basic` is a user's name and password in base64."""
    try:
        return b":" in b64decode(value, validate=True)
    except binascii.Error:
        return False


def _has_key_body(value: str) -> bool:
    return _KEY_BODY.search(value) is not None


def _unbroken(value: str) -> str:
    return _LINE_BREAKS.sub("", value)


BUILT_IN: dict[str, Pattern] = {
    pattern.name: pattern
    for pattern in (
        # Those that are known by their own look come first, so that they have one name everywhere.
        Pattern(
            PRIVATE_KEY,
            "private keys in PEM, also with `\\n` for their line breaks",
            _find(_PEM, _has_key_body),
            sieve=("private key",),
            same=_unbroken,
            example="-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIA==\\n"
            "-----END PRIVATE KEY-----",
        ),
        Pattern(
            "jwt",
            "JSON Web Tokens, signed or not",
            _find(r"(?<![\w-])(?-i:eyJ)[\w-]{8,}+\.(?-i:eyJ)[\w-]{8,}+\.[\w-]*+"),
            sieve=(r"eyj[a-z04_-]{8}",),
            example="session eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0. opened",
        ),
        Pattern(
            "service_token",
            "tokens of GitHub, GitLab, Slack, Stripe, Google and npm, by how they begin",
            _find(_ISSUED),
            sieve=(
                "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_|glpat-|npm_[a-z04]{20}|aiza[a-z04_-]{20}",
                "xox[abeoprs]-|xapp-|k_live_",
            ),
            example=f"cloned with ghp_{'EXAMPLE' * 5}0",
        ),
        Pattern(
            "aws_key",
            "access key IDs of AWS",
            _find(r"(?<![A-Za-z0-9])(?-i:AKIA|ASIA)(?-i:[A-Z2-7]{16})(?![A-Za-z0-9])"),
            sieve=("(?:akia|asia)[a-z04]{16}",),
            example="signed by AKIAIOSFODNN7EXAMPLE",
        ),
        Pattern(
            "card",
            "numbers of payment cards: an issuer's first digits and lengths, and a sum that fits",
            find_cards,
            sieve=CARD_SIEVE,
            same=digits_only,
            example="charged 4111 1111 1111 1111 exp 12/27",
        ),
        Pattern(
            "basic",
            "user and password of HTTP's Basic authentication",
            _find(r"\bbasic {1,4}(?P<secret>[A-Za-z0-9+/]{4,}+={0,2})", _is_user_and_password),
            sieve=("basic [a-z04/]",),
            is_secret=_is_user_and_password,
            example="Authorization: Basic YW5uYTpodW50ZXIy",
        ),
        Pattern(
            "bearer",
            "tokens behind `Bearer`, and all of an `Authorization` header in JSON",
            _find(_BEARER),
            sieve=("bearer [a-z04_/-]", "authorization"),
            key=_key(r"^(?:proxy-)?authorization$"),
            example="authorization: bearer 2YotnFZFEjr1zCsicMWpAA",
        ),
        Pattern(
            "url_password",
            "passwords in URLs",
            _find(r":\\?/\\?/[^\s/@:\"'<>\\]{0,256}+:(?P<secret>[^\s/?#\"'<>\\]{1,1024})@"),
            sieve=("://", r":\\/\\/"),
            example="connecting to amqp://shop:hunter2@queue:5672/orders",
        ),
        Pattern(
            "password",
            "what is called `password`, `passwd`, `passphrase` or `pwd`",
            _find(rf"(?:{_WORDS}{_SIGN}|{_SHORT}{_SIGN}(?!/)){_VALUE}"),
            sieve=_named("passwd", "password", "passphrase", "pwd"),
            key=_key(rf"(?:{_WORDS}|{_SHORT})$"),
            example='{"message":"login","labels":{"db_password":"hunter2"}}',
        ),
        Pattern(
            "secret",
            "what is called `secret`, `token`, `credential`, or `api_key` and its likes",
            _find(rf"{_NAMES}{_SECRET_SIGN}{_VALUE}", _is_long_enough),
            sieve=_named("secret", "token", "credential", *map("{}[_-]?key".format, _KEYS)),
            key=_key(rf"{_NAMES}$"),
            is_secret=_is_long_enough,
            example="GET /orders?api_key=s3cr3t&page=2",
        ),
    )
}
"""The patterns by name, in the order in which they choose what is theirs."""
