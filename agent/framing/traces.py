r"""
Which line of text goes on with the line before it: the grammars of stack traces.

Keeps true: two log lines that have nothing to do with each other are never joined; a line that is
wrongly left alone is the lesser evil. A state says what the lines of a group were so far, a kind
what the next line looks like, and only what a language really prints in that state is taken:

    state        takes                                               and is then
    -----------  --------------------------------------------------  --------------------
    LINE         white space first; what an error announced          INDENTED, FRAME, ...
                 ? an empty line, before what an error announced     ANNOUNCED_GAP, the same
    INDENTED     white space first; } ] )                            INDENTED, FRAME
    EXCEPTION    `\tat`; Caused by:                                  FRAME, EXCEPTION
                 ? text, the rest of its message                     MESSAGE
    MESSAGE      `\tat`                                              FRAME
    FRAME        `\tat`, `... 12 more`, Caused by:, --- End of, }    FRAME, EXCEPTION
                 ? an empty line, before `Node.js v20`               FRAME_GAP
    TRACEBACK    white space first                                   TRACED
                 ? an empty line, as loguru prints them within       TRACEBACK_GAP
    TRACED       white space first; Type: text                       TRACED, RAISED
                 ? an empty line                                     TRACED_GAP
    RAISED       ? text and empty lines, before `The above ...`      RAISED_MORE
    CHAIN        an empty line; Traceback ...                        TRACEBACK
    PANIC        [signal; ? an empty line, before `goroutine 1 [`    GOROUTINE
    GOROUTINE    ? a call, before its `\t/file.go:12`                CALL, then GO_FRAME
    SOURCE       ? a line of code, before the `^` beneath it         CODE, then CARET
    CARET        an empty line, then whatever was thrown             EXCEPTION

What is behind a question mark is only held, and joined when the line comes that it stands before.
Without that line it is a line of its own, as if it had never been held. Of an object over several
lines (OBJECT, in agent/framing/objects.py) all but the first are held until its end.

An exception without white space before it belongs to the line above only where that line announces
an error and says no level below a warning: an uncaught exception stands below whatever the program
happened to say last. Never taken: a line that begins with a time or a level, at whatever depth.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from agent.framing.kinds import INDENTS, TEXTS, kind_of


class State(IntEnum):
    """What the lines of a group were so far. In checkpoints: a number keeps its meaning."""

    CLOSED = 0
    LINE = 1
    INDENTED = 2
    EXCEPTION = 3
    MESSAGE = 4
    FRAME = 5
    FRAME_GAP = 6
    TRACEBACK = 7
    RAISED = 8
    RAISED_MORE = 9
    CHAIN = 10
    PANIC = 11
    PANIC_GAP = 12
    GOROUTINE = 13
    CALL = 14
    GO_FRAME = 15
    SOURCE = 16
    CODE = 17
    CARET = 18
    TRACED = 19
    OBJECT = 20
    ANNOUNCED_GAP = 21
    TRACED_GAP = 22
    TRACEBACK_GAP = 23


class Step(NamedTuple):
    """
    The state behind a line that is taken; one that is not sure is only held. Of an object, also the
    brackets that are open behind the line.
    """

    state: State
    sure: bool
    brackets: str = ""


CLOSED = Step(State.CLOSED, sure=True)

_TRACEBACK_LAST = b"Traceback (most recent call last):"

_LINE = Step(State.LINE, sure=True)
_HEADS = {
    "blank": CLOSED,
    "frame": Step(State.FRAME, sure=True),
    "traceback": Step(State.TRACEBACK, sure=True),
    "chain": Step(State.CHAIN, sure=True),
    "caused": Step(State.EXCEPTION, sure=True),
    "panic": Step(State.PANIC, sure=True),
    "signal": Step(State.PANIC, sure=True),
    "goroutine": Step(State.GOROUTINE, sure=True),
    "uncaught": Step(State.EXCEPTION, sure=True),
    "exception": Step(State.EXCEPTION, sure=True),
    "source": Step(State.SOURCE, sure=True),
}

_RULES: dict[State, dict[str, Step]] = {state: {} for state in State}
_ANNOUNCED = {
    "traceback": Step(State.TRACEBACK, sure=True),
    "goroutine": Step(State.GOROUTINE, sure=True),
    "exception": Step(State.MESSAGE, sure=False),
    "call": Step(State.CALL, sure=False),
    "blank": Step(State.ANNOUNCED_GAP, sure=False),
}
"""
What is not indented, and taken behind a line that announces an error. Spring Boot has an empty line
before an exception.
"""


def _take(state: State, kinds: tuple[str, ...], then: State) -> None:
    _RULES[state].update(dict.fromkeys(kinds, Step(then, sure=True)))


def _hold(state: State, kinds: tuple[str, ...], then: State) -> None:
    _RULES[state].update(dict.fromkeys(kinds, Step(then, sure=False)))


for _state in (State.LINE, State.INDENTED):
    _take(_state, INDENTS, State.INDENTED)
    _take(_state, ("frame",), State.FRAME)
    _take(_state, ("file",), State.GO_FRAME)
    _take(_state, ("group",), State.RAISED)
_take(State.INDENTED, ("closer",), State.INDENTED)
_take(State.EXCEPTION, INDENTS, State.EXCEPTION)
_hold(State.EXCEPTION, (*TEXTS, "closer", "blank"), State.MESSAGE)
_hold(State.MESSAGE, (*TEXTS, *INDENTS, "closer", "blank"), State.MESSAGE)
_take(State.MESSAGE, ("node",), State.CLOSED)
for _state in (State.EXCEPTION, State.MESSAGE):
    _take(_state, ("frame", "ending"), State.FRAME)
    _take(_state, ("caused",), State.EXCEPTION)
    _take(_state, ("chain",), State.CHAIN)
_take(State.FRAME, (*INDENTS, "ending", "closer"), State.FRAME)
_take(State.FRAME, ("caused",), State.EXCEPTION)
_hold(State.FRAME, ("blank",), State.FRAME_GAP)
_take(State.FRAME_GAP, ("node",), State.CLOSED)
for _state in (State.TRACEBACK, State.TRACED):
    _take(_state, INDENTS, State.TRACED)
    _take(_state, ("group",), State.RAISED)
_hold(State.TRACEBACK, ("blank",), State.TRACEBACK_GAP)
_hold(State.TRACED, ("blank",), State.TRACED_GAP)
for _state in (State.TRACEBACK_GAP, State.TRACED_GAP):
    _take(_state, ("indent", "marked"), State.TRACED)
for _state in (State.TRACED, State.TRACED_GAP):
    _take(_state, ("exception", "name", "call"), State.RAISED)
_take(State.RAISED, INDENTS, State.RAISED)
_hold(State.RAISED, (*TEXTS, "blank"), State.RAISED_MORE)
_hold(State.RAISED_MORE, (*TEXTS, *INDENTS, "blank"), State.RAISED_MORE)
_take(State.RAISED_MORE, ("chain",), State.CHAIN)
_take(State.CHAIN, ("blank",), State.CHAIN)
_take(State.CHAIN, ("traceback", "group"), State.TRACEBACK)
_take(State.PANIC, (*INDENTS, "signal"), State.PANIC)
_hold(State.PANIC, ("blank",), State.PANIC_GAP)
_hold(State.GO_FRAME, ("blank",), State.PANIC_GAP)
for _state in (State.PANIC, State.PANIC_GAP, State.GO_FRAME):
    _take(_state, ("goroutine",), State.GOROUTINE)
_take(State.GOROUTINE, INDENTS, State.GO_FRAME)
_take(State.GO_FRAME, (*INDENTS, "elided"), State.GO_FRAME)
for _state in (State.GOROUTINE, State.GO_FRAME):
    _hold(_state, ("call", "created"), State.CALL)
_hold(State.GO_FRAME, ("created",), State.CALL)
_take(State.CALL, ("file",), State.GO_FRAME)
_hold(State.SOURCE, (*TEXTS, *INDENTS, "exception", "closer"), State.CODE)
_take(State.CODE, ("caret",), State.CARET)
_take(State.CARET, ("blank",), State.CARET)
_take(State.CARET, (*TEXTS, "exception", "uncaught"), State.EXCEPTION)


def find_head(content: bytes) -> Step:
    """What a group is whose first line is this one."""
    step = _HEADS.get(kind_of(content), _LINE)
    # `ERROR:root:Traceback (most recent call last):`
    if step is _LINE and content.rstrip().endswith(_TRACEBACK_LAST):
        return _HEADS["traceback"]
    return step


def find_step(state: State, content: bytes) -> Step | None:
    """How a group goes on with a line, or None where it ends before it."""
    return _RULES[state].get(kind_of(content))


def find_announced(content: bytes) -> Step | None:
    """How a line that announces an error, and empty ones behind it, go on with no indentation."""
    return _ANNOUNCED.get(kind_of(content))
