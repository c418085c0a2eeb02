"""
What stands in the place of a secret.

    [redacted:<pattern>:<8 hexadecimal digits>]

The digits are a keyed hash of the secret: equal secrets have equal digits wherever they stood, so
that two lines about one card are still about one card, and nobody without the key can try out what
was there. A token holds nothing that JSON would escape, and is never replaced itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b

DIGITS = 8
"""32 bits: too few to keep a secret apart from all others in the world, and none to be found by."""

_TOKEN = re.compile(rf"\[redacted:[a-z0-9_]{{1,32}}:[0-9a-f]{{{DIGITS}}}\]")


class Tokens:
    """Makes tokens with one key of at most 64 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, pattern: str, secret: str) -> str:
        # What was no UTF-8, or half of a surrogate pair, has no other form to be hashed in.
        plain = secret.encode("utf-8", "backslashreplace")
        digest = blake2b(plain, digest_size=DIGITS // 2, key=self._key).hexdigest()
        return f"[redacted:{pattern}:{digest}]"


def mask(secret: str) -> str:
    """What is as long as the secret, for where a token has no room."""
    return "*" * len(secret)


def token_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where tokens stand."""
    return (match.span() for match in _TOKEN.finditer(text)) if "[redacted:" in text else iter(())


def is_masked(text: str) -> bool:
    """Whether nothing is left to be hidden, here or by the application itself."""
    return not text.strip("*")
