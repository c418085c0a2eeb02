"""
What a line of text looks like, taken alone: a frame of a stack trace, an exception, a log line.

Keeps true: the cost of a look grows with the length of a line and no faster, whatever is in it; and
of the lines that belong to no trace, nearly all cost no more than a look at how they begin.
"""

from __future__ import annotations

import re

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
    rb"|(?P<marked>> File \")"
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
INDENTS = ("frame", "file", "caret", "group", "indent")
TEXTS = ("call", "name", "other")


_ANNOUNCES = re.compile(
    rb"(?i:error|exception|fail|fatal|panic|severe|critical|warn|traceback)|\b(?:ERR|WRN|FTL)\b"
)
_LOW_LEVEL = re.compile(rb"(?<![\w.])(?:TRACE|DEBUG|INFO|NOTICE|FINE|CONFIG|DBG|INF|VRB)(?![\w.])")
_NAMED_LOW_LEVEL = re.compile(rb"(?i)^\W*(?:trace|debug|info)\b|\blevel=\W?(?:trace|debug|info)\b")
# Where levels stand, and where a sentence says that something failed. SkyWalking writes 250 bytes
# of IDs before a level.
_FRONT = 400

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
_is_closer = re.compile(_CLOSER).match
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


def is_closer(content: bytes) -> bool:
    """Whether a line closes brackets, and that is all."""
    return _is_closer(content) is not None


def announces(content: bytes) -> bool:
    """Whether a line says that something went wrong, and no level that says it did not."""
    front = content[:_FRONT]
    low = _LOW_LEVEL.search(front) or _NAMED_LOW_LEVEL.search(front)
    return low is None and _ANNOUNCES.search(front) is not None
