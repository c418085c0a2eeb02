r"""
Which line of text goes on with the line before it: the grammars of stack traces.

Keeps true: two log lines that have nothing to do with each other are never joined; a line that is
wrongly left alone is the lesser evil. A state says what the lines of a group were so far, a kind
what the next line looks like, and only what a language really prints in that state is taken:

    state        takes                                               and is then
    -----------  --------------------------------------------------  --------------------
    LINE         white space first; what an error announced          INDENTED, FRAME, ...
    INDENTED     white space first; } ] )                            INDENTED, FRAME
    EXCEPTION    `\tat`; Caused by:                                  FRAME, EXCEPTION
                 ? text, the rest of its message                     MESSAGE
    MESSAGE      `\tat`                                              FRAME
    FRAME        `\tat`, `... 12 more`, Caused by:, --- End of, }    FRAME, EXCEPTION
                 ? an empty line, before `Node.js v20`               FRAME_GAP
    TRACEBACK    white space first                                   TRACED
    TRACED       white space first; Type: text                       TRACED, RAISED
    RAISED       ? text and empty lines, before `The above ...`      RAISED_MORE
    CHAIN        an empty line; Traceback ...                        TRACEBACK
    PANIC        [signal; ? an empty line, before `goroutine 1 [`    GOROUTINE
    GOROUTINE    ? a call, before its `\t/file.go:12`                CALL, then GO_FRAME
    SOURCE       ? a line of code, before the `^` beneath it         CODE, then CARET
    CARET        an empty line, then whatever was thrown             EXCEPTION

What is behind a question mark is only held, and joined when the line comes that it stands before.
Without that line it is a line of its own, as if it had never been held.

An exception without white space before it belongs to the line above only where that line announces
an error and says no level below a warning: an uncaught exception stands below whatever the program
happened to say last. Never taken: a line that begins with a time or a level, at whatever depth.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple


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


class Step(NamedTuple):
    """The state behind a line that is taken; one that is not sure is only held."""

    state: State
    sure: bool


_LEVELS = (
    rb"TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC|"
    rb"FINE|FINER|FINEST|CONFIG|VRB|DBG|INF|WRN|ERR|FTL"
)
_LOWER_LEVELS = (
    rb"trace|debug|info|notice|warn|warning|error|critical|fatal(?! error: )|trce|dbug|fail|crit"
)
# Names are bounded, so that a line of a million letters costs no more than another.
_ENDINGS = (
    b"Exception", b"Error", b"Throwable", b"Failure", b"Exit", b"Interrupt", b"Warning", b"Fault",
    b"Timeout", b"ExceptionGroup",
)  # fmt: skip
_EXCEPTION = (
    rb"(?>[A-Za-z_$][\w$.]{0,200})(?:"
    + b"|".join(rb"(?<=%b)" % ending for ending in _ENDINGS)
    + rb")(?: \[\w{1,80}\]| \((?:0x)?[0-9A-Fa-f]{1,16}\))?(?::|\s*$)"
    rb"|(?:[a-z_][\w$]{0,80}\.){1,20}[A-Z][\w$]{0,80}(?::\s|\s*$)"
)
_SOURCE = rb"(?:/|file://|node:|[A-Za-z]:\\)\S{0,500}:\d{1,9}\s*$"
_CALL = (
    rb"panic\(.*\)\s*$|(?=[A-Za-z_][^\s(]{0,300}\.)(?>[A-Za-z_][\w./~%@$-]{0,300})"
    rb"(?>\(\*?[\w.\[\]]{1,100}\)[\w.$-]{0,100})?(?>\[[\w.\[\]]{1,100}\])?(?:\(.*\))?\s*$"
)
_CLOSER = rb"[\]})]+[,;]?\s*$"

# The first that matches says what a line is.
_KINDS = re.compile(
    rb"(?:"
    rb"(?P<blank>\s*$)"
    # Punctuation, then a time or a level; or how klog, syslog, logfmt and java.util.logging begin.
    rb"|(?P<log>\s*[\[(<]*(?:\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d|\d\d/\w{2,3}/\d{4})"
    # Code in a traceback stands deeper than a level that is aligned to the right.
    rb"|\s?[\[(<]*(?:" + _LEVELS + rb")(?![\w.])|[IWEF]\d{4} \d\d:|(?:time|ts|level|lvl)="
    rb"|[\[(<]*(?:" + _LOWER_LEVELS + rb")[:|\]\s]|[A-Z][a-z]{2} +\d{1,2},? \d)"
    rb"|(?P<frame>\s+(?:at \S|\.\.\. \d+ ))"
    rb"|(?P<file>\t\S{1,500}:\d+(?: \+0x[0-9a-f]+)?\s*$)"
    rb"|(?P<caret>\s*\^+\s*$)"
    rb"|(?P<group>\s+[|+][ -])"
    rb"|(?P<indent>\s)"
    rb"|(?P<traceback>Traceback \(most recent call last\):\s*$)"
    rb"|(?P<chain>During handling of the above exception, another exception occurred:\s*$"
    rb"|The above exception was the direct cause of the following exception:\s*$)"
    rb"|(?P<caused>(?:Caused by|Wrapped by|Suppressed): )"
    rb"|(?P<ending>--- End of )"
    rb"|(?P<closer>" + _CLOSER + rb")"
    rb"|(?P<panic>panic: |fatal error: )"
    rb"|(?P<signal>\[signal )"
    rb"|(?P<goroutine>goroutine \d+ [^\n]{0,200}\[[^\]]{0,200}\]:\s*$|runtime stack:\s*$)"
    rb"|(?P<created>created by \S)"
    rb"|(?P<elided>\.\.\.(?:\d+ frames|additional frames) elided)"
    rb"|(?P<uncaught>Exception in thread \"|Unhandled exception\. )"
    rb"|(?P<exception>" + _EXCEPTION + rb")"
    rb"|(?P<node>Node\.js v\d)"
    rb"|(?P<source>" + _SOURCE + rb")"
    rb"|(?P<call>" + _CALL + rb")"
    rb"|(?P<name>[A-Za-z_][\w.]{0,200}(?::\s.*|:?\s*)$)"
    rb")",
    re.DOTALL,
)
_INDENTS = ("frame", "file", "caret", "group", "indent")
_TEXTS = ("call", "name", "other")

_ANNOUNCES = re.compile(
    rb"(?i:error|exception|fail|fatal|panic|severe|critical|warn|traceback)|\b(?:ERR|WRN|FTL)\b"
)
_LOW_LEVEL = re.compile(rb"(?<![\w.])(?:TRACE|DEBUG|INFO|NOTICE|FINE|CONFIG|DBG|INF|VRB)(?![\w.])")
_NAMED_LOW_LEVEL = re.compile(rb"(?i)^\W*(?:trace|debug|info)\b|\blevel=\W?(?:trace|debug|info)\b")
_FRONT = 200  # where levels stand, and where a sentence says that something failed
_TRACEBACK_LAST = b"Traceback (most recent call last):"

_HEADS = {
    "blank": State.CLOSED,
    "frame": State.FRAME,
    "traceback": State.TRACEBACK,
    "chain": State.CHAIN,
    "caused": State.EXCEPTION,
    "panic": State.PANIC,
    "signal": State.PANIC,
    "goroutine": State.GOROUTINE,
    "uncaught": State.EXCEPTION,
    "exception": State.EXCEPTION,
    "source": State.SOURCE,
}

_RULES: dict[State, dict[str, Step]] = {state: {} for state in State}
_ANNOUNCED = {
    "traceback": Step(State.TRACEBACK, sure=True),
    "goroutine": Step(State.GOROUTINE, sure=True),
    "exception": Step(State.MESSAGE, sure=False),
    "call": Step(State.CALL, sure=False),
}
"""What is not indented, and taken behind a line that announces an error."""


def _take(state: State, kinds: tuple[str, ...], then: State) -> None:
    _RULES[state].update(dict.fromkeys(kinds, Step(then, sure=True)))


def _hold(state: State, kinds: tuple[str, ...], then: State) -> None:
    _RULES[state].update(dict.fromkeys(kinds, Step(then, sure=False)))


for _state in (State.LINE, State.INDENTED):
    _take(_state, _INDENTS, State.INDENTED)
    _take(_state, ("frame",), State.FRAME)
    _take(_state, ("file",), State.GO_FRAME)
    _take(_state, ("group",), State.RAISED)
_take(State.INDENTED, ("closer",), State.INDENTED)
_take(State.EXCEPTION, _INDENTS, State.EXCEPTION)
_hold(State.EXCEPTION, (*_TEXTS, "closer", "blank"), State.MESSAGE)
_hold(State.MESSAGE, (*_TEXTS, *_INDENTS, "closer", "blank"), State.MESSAGE)
_take(State.MESSAGE, ("node",), State.CLOSED)
for _state in (State.EXCEPTION, State.MESSAGE):
    _take(_state, ("frame", "ending"), State.FRAME)
    _take(_state, ("caused",), State.EXCEPTION)
    _take(_state, ("chain",), State.CHAIN)
_take(State.FRAME, (*_INDENTS, "ending", "closer"), State.FRAME)
_take(State.FRAME, ("caused",), State.EXCEPTION)
_hold(State.FRAME, ("blank",), State.FRAME_GAP)
_take(State.FRAME_GAP, ("node",), State.CLOSED)
for _state in (State.TRACEBACK, State.TRACED):
    _take(_state, _INDENTS, State.TRACED)
    _take(_state, ("group",), State.RAISED)
_take(State.TRACED, ("exception", "name", "call"), State.RAISED)
_take(State.RAISED, _INDENTS, State.RAISED)
_hold(State.RAISED, (*_TEXTS, "blank"), State.RAISED_MORE)
_hold(State.RAISED_MORE, (*_TEXTS, *_INDENTS, "blank"), State.RAISED_MORE)
_take(State.RAISED_MORE, ("chain",), State.CHAIN)
_take(State.CHAIN, ("blank",), State.CHAIN)
_take(State.CHAIN, ("traceback", "group"), State.TRACEBACK)
_take(State.PANIC, (*_INDENTS, "signal"), State.PANIC)
_hold(State.PANIC, ("blank",), State.PANIC_GAP)
_hold(State.GO_FRAME, ("blank",), State.PANIC_GAP)
for _state in (State.PANIC, State.PANIC_GAP, State.GO_FRAME):
    _take(_state, ("goroutine",), State.GOROUTINE)
_take(State.GOROUTINE, _INDENTS, State.GO_FRAME)
_take(State.GO_FRAME, (*_INDENTS, "elided"), State.GO_FRAME)
for _state in (State.GOROUTINE, State.GO_FRAME):
    _hold(_state, ("call", "created"), State.CALL)
_hold(State.GO_FRAME, ("created",), State.CALL)
_take(State.CALL, ("file",), State.GO_FRAME)
_hold(State.SOURCE, (*_TEXTS, *_INDENTS, "exception", "closer"), State.CODE)
_take(State.CODE, ("caret",), State.CARET)
_take(State.CARET, ("blank",), State.CARET)
_take(State.CARET, (*_TEXTS, "exception", "uncaught"), State.EXCEPTION)

# Whatever is taken or held in some state, and is no plain text; and what plain text may follow. A
# sentence is told from a name by what stands behind its first word, before a closer look.
_is_candidate = re.compile(
    rb"\s|$|\^|\.\.\.|" + _CLOSER + rb"|Traceback \(most|During handling of|The above exception was"
    rb"|(?:Caused by|Wrapped by|Suppressed): |--- End of |\[signal |goroutine \d|runtime stack:"
    rb"|created by |Exception in thread \"|Unhandled exception\. |Node\.js v"
    rb"|(?=(?>[A-Za-z_$/][\w$./~%@-]{0,400})(?:[:(\[]| [\[(]|\s*$))"
    rb"(?:" + _SOURCE + rb"|" + _EXCEPTION + rb"|" + _CALL + rb")",
    re.DOTALL,
).match
_MAY_BE_FIRST = re.compile(rb"[^0-9{<(]")
"""What the first byte of a candidate may be: log lines mostly begin with a time."""


def find_candidates(contents: list[bytes]) -> list[int]:
    """
    The places of all lines that make a closer look at them and their neighbours necessary.

    Cheap, since nearly all lines are none of them.
    """
    first_bytes = b"".join([content[:1] or b"\n" for content in contents])
    places = [match.start() for match in _MAY_BE_FIRST.finditer(first_bytes)]
    return [place for place in places if _is_candidate(contents[place])]


def kind_of(content: bytes) -> str:
    """What a line looks like."""
    match = _KINDS.match(content)
    return (match.lastgroup if match else None) or "other"


def head_state(content: bytes) -> State:
    """What a group is whose first line is this one."""
    state = _HEADS.get(kind_of(content), State.LINE)
    # `ERROR:root:Traceback (most recent call last):`
    if state is State.LINE and content.rstrip().endswith(_TRACEBACK_LAST):
        return State.TRACEBACK
    return state


def announces(content: bytes) -> bool:
    """Whether a line says that something went wrong, and no level that says it did not."""
    front = content[:_FRONT]
    low = _LOW_LEVEL.search(front) or _NAMED_LOW_LEVEL.search(front)
    return low is None and _ANNOUNCES.search(front) is not None


def find_step(state: State, content: bytes) -> Step | None:
    """How a group goes on with a line, or None where it ends before it."""
    return _RULES[state].get(kind_of(content))


def find_announced(content: bytes) -> Step | None:
    """How a group of one line that announces an error goes on with what is not indented."""
    return _ANNOUNCED.get(kind_of(content))
