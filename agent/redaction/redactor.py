"""
Replace the secrets in the lines of a chunk.

Keeps true:

- IDs and timestamps stay as they are, byte for byte, even where a pattern fits: without them a line
  belongs to no transaction. In JSON these are the fields that clew takes them from, under all of
  their names; in text what `clew.schema.dialects.text` finds.
- JSON stays JSON, and a canonical line canonical. A field never outgrows what the schema allows it:
  where a token has no room, asterisks as many as the secret was long stand there.
- Redacting twice changes nothing. Whatever is no secret keeps its bytes.

Not promised: secrets in the keys of JSON objects, or cut in two where a line was too long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from agent.redaction.built_in import BUILT_IN, PRIVATE_KEY
from agent.redaction.cards import find_cards
from agent.redaction.config import RedactionConfig
from agent.redaction.finder import Edit, Finder, apply_edits
from agent.redaction.json_values import Value, is_object, read_string, values
from agent.redaction.key_lines import body_places
from agent.redaction.pattern import Pattern
from agent.redaction.sieve import ESCAPED, Sieve, fold
from agent.redaction.tokens import Tokens
from clew.schema.dialects.choosing import TRACEPARENTS
from clew.schema.dialects.names import ALIASES, ID_CONTAINERS
from clew.schema.dialects.sniffing import JSON_DIALECTS
from clew.schema.dialects.text import kept_spans
from clew.schema.line import LINE_BYTES
from clew.schema.record import LABEL_CHARACTERS, TEXT_CHARACTERS

ROUNDS = 8
"""A replaced secret may bare another one. More than two rounds were never seen."""

_IDS = ("trace", "transaction", "span", "parent")
_TIMES = ("timestamp", "duration")


def _names(*fields: str) -> set[str]:
    """What the common names and those of some dialect give these fields."""
    tables = [ALIASES, *(dialect.names for dialect in JSON_DIALECTS)]
    return {name for table in tables for field in fields for name in table.get(field, ())}


_ID_NAMES = _names(*_IDS) | {"order_id", "transaction_id", *TRACEPARENTS}
PROTECTED = frozenset(
    _names(*_TIMES)
    | _ID_NAMES
    | {container + name for container in ID_CONTAINERS for name in _ID_NAMES}
    | {"instant.epochSecond", "instant.nanoOfSecond"}
)
"""Names of the values that are never touched, as flattened objects have them."""

_UNBOUNDED = frozenset(
    name for field in ("message", "error_message", "stack_trace") for name in ALIASES[field]
)
_BOUNDS = (TEXT_CHARACTERS, LABEL_CHARACTERS)


class Redactor:
    """Knows the patterns of a configuration, and the key that its tokens are made with."""

    @classmethod
    def build(cls, config: RedactionConfig, key: bytes) -> Redactor:
        """Raises ValueError for a key of more than 64 bytes."""
        chosen = [pattern for name, pattern in BUILT_IN.items() if name in config.patterns]
        own = [pattern.build() for pattern in config.own_patterns]
        return cls([*chosen, *own] if config.enabled else [], Tokens(key))

    def __init__(self, patterns: Sequence[Pattern], tokens: Tokens) -> None:
        self._patterns, self._tokens = list(patterns), tokens
        self._names = {pattern.name for pattern in patterns}
        self._sieves = [(pattern, Sieve(_or(pattern.sieve))) for pattern in patterns]
        self._escaped = Sieve([ESCAPED])
        self._sieve = Sieve(_joined(patterns))

    def redact(self, contents: list[bytes]) -> Mapping[str, int]:
        """
        Replace, in place, the lines that hold a secret.

        The answer is how many secrets were replaced, by the name of the pattern.
        """
        counts: Counter[str] = Counter()
        if not self._patterns:
            return counts
        places = list(self._sieve.places(contents))
        if PRIVATE_KEY in self._names:
            for place in places:
                self._redact_key_lines(contents, place, counts)
        for place in places:
            contents[place] = self._redact_line(contents[place], counts)
        return counts

    def _redact_key_lines(self, contents: list[bytes], place: int, counts: Counter[str]) -> None:
        if b"PRIVATE KEY" not in contents[place]:
            return
        for body in body_places(contents, place):
            secret = contents[body].strip().decode("ascii")
            contents[body] = self._tokens.make(PRIVATE_KEY, secret).encode()
            counts[PRIVATE_KEY] += 1

    def _redact_line(self, line: bytes, counts: Counter[str]) -> bytes:
        patterns = self._candidates(line)
        if not patterns:
            return line
        redacted, found = self._redact_fully(line, patterns, masked=False)
        if len(redacted) > LINE_BYTES >= len(line):
            redacted, found = self._redact_fully(line, patterns, masked=True)
        counts += found
        return redacted

    def _candidates(self, line: bytes) -> list[Pattern]:
        """The patterns that may match in a line."""
        folded = fold((line,))
        if self._escaped.passes(folded):
            return self._patterns
        return [pattern for pattern, sieve in self._sieves if sieve.passes(folded)]

    def _redact_fully(
        self, line: bytes, patterns: list[Pattern], *, masked: bool
    ) -> tuple[bytes, Counter[str]]:
        """The line without its secrets, and how many there were."""
        found: Counter[str] = Counter()
        for _ in range(ROUNDS):
            finder = Finder(patterns, self._tokens)
            line = _redact_once(line, finder, masked=masked)
            found += finder.counts
            if finder.settled:
                break
        return line, found


def _redact_once(line: bytes, finder: Finder, *, masked: bool) -> bytes:
    # What is not UTF-8 goes through as it is, and comes out so.
    text = line.decode("utf-8", "surrogateescape")
    if is_object(line):
        edits = [edit for value in values(text) for edit in _edits_of_value(text, value, finder)]
    else:
        edits = finder.find_edits(text, protected=kept_spans)
    if not edits:
        return line
    return apply_edits(text, edits, masked=masked).encode("utf-8", "surrogateescape")


def _edits_of_value(line: str, value: Value, finder: Finder) -> list[Edit]:
    """The edits of a value, at their places in the line."""
    if value.name in PROTECTED:
        return []
    reading = read_string(line[value.start : value.end])
    edits = finder.find_edits(reading.text, value.key, whole=not value.quoted)
    if not value.quoted:
        return [_edit_of_number(value, edit) for edit in edits]
    if value.name not in _UNBOUNDED and _outgrows(reading.text, edits):
        edits = [edit._replace(token=edit.mask) for edit in edits]
    return [
        edit._replace(
            start=value.start + reading.written(edit.start),
            end=value.start + reading.written(edit.end),
        )
        for edit in edits
    ]


def _joined(patterns: Sequence[Pattern]) -> list[str]:
    """
    Expressions for all patterns at once; none where one of them is to be tried on every line.

    Words are looked for together. Cards have no words to be found by, and among words would make
    the search for all of them slower.
    """
    if not all(pattern.sieve for pattern in patterns):
        return []
    cards = [each for pattern in patterns if pattern.find is find_cards for each in pattern.sieve]
    words = [each for pattern in patterns for each in pattern.sieve if each not in cards]
    return [*cards, "|".join([*words, ESCAPED])]


def _or(expressions: Sequence[str]) -> list[str]:
    """One expression for several; none for none."""
    return ["|".join(expressions)] if expressions else []


def _outgrows(text: str, edits: list[Edit]) -> bool:
    """Whether tokens make a value too long for its field that was not."""
    after = len(text) + sum(len(edit.token) - (edit.end - edit.start) for edit in edits)
    return any(len(text) <= bound < after for bound in _BOUNDS)


def _edit_of_number(value: Value, edit: Edit) -> Edit:
    """A number becomes a string; where that has no room, a shorter number."""
    return Edit(value.start, value.end, f'"{edit.token}"', "0")
