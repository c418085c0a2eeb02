"""
The lines of a chunk -> what is sent of them.

Keeps true: each line becomes what `interpret` or `reject` makes of it alone, whatever lines stand
around it. Lines that begin alike are looked at together, first as what they most likely are; then
the policy is asked about all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import compress, repeat
from operator import not_
from typing import Protocol

from clew.schema.columns.canonical import interpret_canonical
from clew.schema.columns.enforcing import enforce
from clew.schema.columns.groups import (
    Group,
    all_braces,
    at_once,
    columns_of,
    extend,
    merge,
    put,
)
from clew.schema.columns.objects import Objects
from clew.schema.columns.texts import interpret_texts
from clew.schema.dialects.preferred import Preferred
from clew.schema.interpreting import interpret
from clew.schema.keeping import reject
from clew.schema.line import LINE_BYTES, Flag, Lines
from clew.schema.policy.enforcer import Enforcer
from clew.schema.rejection import Rejection

_MANY = Flag.MANY.value
_AT_ONCE = 256
"""What is made of so many lines stays in the processor's caches; of a chunk, it costs half more."""


class Odd(Protocol):
    """What is known of a line before it is interpreted."""

    @property
    def flags(self) -> int: ...
    @property
    def rejection(self) -> Rejection | None: ...


def interpret_all(
    contents: list[bytes], odd: Mapping[int, Odd], enforcer: Enforcer | None = None
) -> Lines:
    """
    What becomes of each line; `odd` has what is known of some of them, by their places.

    The lines are of one container, whose policy is `enforcer`.
    """
    alone = {place for place, known in odd.items() if known.rejection is not None}
    # A stack trace, which was joined, would have all lines around it looked at one by one.
    alone |= {place for place in odd if b"\n" in contents[place]}
    if contents and max(map(len, contents)) > LINE_BYTES:
        alone |= {place for place, line in enumerate(contents) if len(line) > LINE_BYTES}
    if alone:
        others = [place for place in range(len(contents)) if place not in alone]
        groups = [_alone(contents, sorted(alone), odd, enforcer)]
        groups.append(Group(others, _interpret([contents[place] for place in others], enforcer)))
        lines = merge(groups)
    else:
        lines = _interpret(contents, enforcer)
    for place, known in odd.items():
        if known.flags and lines.flags[place] & _MANY:  # each of its records has them
            put(lines, place, interpret(contents[place], known.flags, enforcer=enforcer))
        lines.flags[place] |= known.flags
    return lines


def _alone(
    contents: list[bytes], places: list[int], odd: Mapping[int, Odd], enforcer: Enforcer | None
) -> Group:
    lines = []
    for place in places:
        rejection = odd[place].rejection if place in odd else None
        content = contents[place]
        if rejection is None:
            lines.append(interpret(content, enforcer=enforcer))
        else:
            lines.append(reject(content, rejection, enforcer=enforcer))
    return Group(places, columns_of(lines))


def _interpret(contents: list[bytes], enforcer: Enforcer | None) -> Lines:
    lines = Lines()
    for start in range(0, len(contents), _AT_ONCE):
        some = contents[start : start + _AT_ONCE]
        found = _interpret_some(some, None if enforcer is None else enforcer.preferred)
        if enforcer is not None:
            enforce(found, some, enforcer)
        extend(lines, found)
    return lines


def _interpret_some(contents: list[bytes], preferred: Preferred | None) -> Lines:
    if all_braces(contents):
        return _interpret_braces(contents, preferred)
    braces = list(map(bytes.startswith, contents, repeat(b"{")))
    texts = list(map(not_, braces))
    if all(texts):
        return _interpret_texts(contents, preferred)
    both: Sequence[int] = range(len(contents))
    objects = _interpret_braces(list(compress(contents, braces)), preferred)
    others = _interpret_texts(list(compress(contents, texts)), preferred)
    return merge(
        [Group(list(compress(both, braces)), objects), Group(list(compress(both, texts)), others)]
    )


def _interpret_braces(contents: list[bytes], preferred: Preferred | None) -> Lines:
    lines = interpret_canonical(contents)
    return Objects(preferred).interpret(contents) if lines is None else lines


def _interpret_texts(contents: list[bytes], preferred: Preferred | None) -> Lines:
    if preferred is None:
        return at_once(contents, interpret_texts, interpret)
    return at_once(
        contents,
        partial(interpret_texts, preferred=preferred),
        partial(interpret, preferred=preferred),
    )
