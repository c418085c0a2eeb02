r"""
JSON objects that are printed over several lines: which line goes on with one, and where it ends.

    {"@timestamp":"...","error.stack_trace":[     begins with a brace, and ends open
    \t"java.lang.IllegalStateException: no",      goes on: indented, whole tokens of JSON
    \t"\tat shop.Stock.take(Stock.java:27)"]}     its last bracket closes the first: the end

Keeps true: an object that stands in one line costs a look at its end at most. What goes on with an
object is nothing but JSON, indented or closing brackets: no log line. A line that begins with a
brace never goes on with one; it is the next object.

Not promised: that what is joined is valid JSON. Brackets match and strings end in their line; what
else is wrong, such as Python's NaN or a comma too many, is for the schema to say.
"""

from __future__ import annotations

import re

from agent.framing.kinds import is_closer
from agent.framing.traces import CLOSED, State, Step

NESTED = 100
"""More brackets than this are not waited for: the schema flattens 16 levels of objects."""

_OPEN_ENDS = (b"{", b"[", b",")
_SPACE = b" \t\r"
_BRACKETS = b"{}[]"
_OPENS = {"}": "{", "]": "["}

_ESCAPED = re.compile(rb"\\.")
_KEY_END = re.compile(rb'"[ \t]*:')
_LITERAL = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity")
_TO_SPACES = bytes.maketrans(b'\t\r{}[],"', b" " * 8)
_OTHERS = bytes(each for each in range(256) if each not in _BRACKETS)


def ends_open(content: bytes) -> bool:
    """A quick look: whether a line that begins with a brace may be the first of several."""
    return content.rstrip(_SPACE).endswith(_OPEN_ENDS)


def find_object_head(content: bytes) -> Step:
    """What a group is whose first line is this one, which begins with a brace."""
    brackets = _walk("", content) if ends_open(content) else None
    return _step(brackets) if brackets else CLOSED


def find_object_step(brackets: str, content: bytes) -> Step | None:
    """How an object with these brackets open goes on with a line, or None where it does not."""
    if not (content.startswith((b" ", b"\t")) or is_closer(content)):
        return None
    behind = _walk(brackets, content)
    return None if behind is None else _step(behind)


def _step(brackets: str) -> Step:
    """All of an object is only held, up to its end."""
    return Step(State.OBJECT, sure=False, brackets=brackets) if brackets else CLOSED


def _walk(brackets: str, content: bytes) -> str | None:
    """
    Which brackets are open behind a line of whole tokens, none at the end of the object; None where
    brackets do not match, or other things stand in the line.
    """
    between = _between_strings(content)
    if between is None:
        return None
    walked = between.translate(None, _OTHERS).decode()
    if not walked:  # most often
        return brackets
    opened = list(brackets)
    for place, bracket in enumerate(walked):
        if bracket not in _OPENS:
            opened.append(bracket)
        elif opened.pop() != _OPENS[bracket]:
            return None
        if len(opened) > NESTED or (not opened and place + 1 < len(walked)):
            return None
    if not opened and not content.rstrip(_SPACE).endswith(b"}"):
        return None
    return "".join(opened)


def _between_strings(content: bytes) -> bytes | None:
    """A line of JSON with a quotation mark for each of its strings; None where it is not JSON."""
    # Escapes go first, so that a quotation mark that is left begins or ends a string. A pattern for
    # whole strings would look through an unfinished one once for each escaped mark in it.
    parts = (_ESCAPED.sub(b"!", content) if b"\\" in content else content).split(b'"')
    if len(parts) % 2 == 0:
        return None
    between = b'"'.join(parts[::2])
    words = _KEY_END.sub(b" ", between).translate(_TO_SPACES).split(b" ")
    return between if all(map(_LITERAL.fullmatch, filter(None, words))) else None
