r"""
Stack traces in text of several lines: what was thrown, and where the trace begins.

As Java and what runs on its machine, .NET, Node, Python and Go print them:

    10:00:00 ERROR order A-17 failed                   announced: `message`
    java.lang.IllegalStateException: cannot reserve    `error.type`: `error.message`
    \tat shop.Stock.take(Stock.java:27)
    Caused by: java.io.IOException: no beans           stays in `error.stack_trace`

The outermost exception counts, the one that was caught in the end, as in ECS. Java, .NET and Node
print that first, Python last. No text goes missing: what was announced and the trace are all of it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# All is bounded: a line is up to a mebibyte of whatever somebody likes.
_NAME = r"(?>[A-Za-z_$][\w$.+`]{0,500})"
_ENDING = r"(?:(?<=Exception)|(?<=Error)|(?<=Throwable)|(?<=Failure)|(?<=Fault)|(?<=Timeout))"

# Java and .NET put words before an uncaught exception, Node brackets around one without frames.
_THROWN = re.compile(
    rf"^[ \t]*(?:Exception in thread \"[^\"\n]{{0,500}}\" |Unhandled exception\. |\[|Uncaught )?"
    rf"(?P<type>{_NAME}{_ENDING}|(?:[a-z_][\w$]{{0,80}}\.){{1,20}}[A-Z][\w$]{{0,200}})"
    rf"(?: \[\w{{1,80}}\]| \((?:0x)?[0-9A-Fa-f]{{1,16}}\))?(?=:|[ \t\r]*$)",
    re.MULTILINE | re.ASCII,
)
_NAMED = re.compile(
    r"(?:Exception in thread \"[^\"\n]{0,500}\" |Unhandled exception\. )?"
    rf"(?P<type>{_NAME})(?: \[\w{{1,80}}\])?(?=:|\s*$)",
    re.ASCII,
)
_INLINE = re.compile(
    rf"(?<![\w.$])(?P<type>{_NAME}{_ENDING})(?: \[\w{{1,80}}\])?(?=: |[ \t\r]*$)",
    re.MULTILINE | re.ASCII,
)
_ALONE = re.compile(rf"\s*(?P<type>{_NAME}{_ENDING})(?:: ([^\n]*))?[ \t\r]*(?:\n|$)", re.ASCII)
_FRAME = re.compile(r"^[ \t]+(?:at \S|\.\.\. \d+ )", re.MULTILINE | re.ASCII)
_CONTINUED = re.compile(r"^(?:[ \t]+(?:at \S|\.\.\. \d+ |---> )|Caused by: )", re.MULTILINE)
_UNCAUGHT_BY_NODE = re.compile(r"\S{1,500}:\d{1,9}\r?\n[^\n]*\n[ \t]*\^+[ \t\r]*\n")

_TRACEBACK = re.compile(
    r"^(?P<indent>[ \t]*)(?P<group>\+ Exception Group )?Traceback \(most recent call last\):\s*$",
    re.MULTILINE,
)
_RAISED = r"^{indent}(?P<type>[A-Za-z_][\w.<>]*)(?:: ?(?P<message>{message}))?[ \t\r]*$"

_PANIC = re.compile(
    r"^(?P<type>panic|fatal error): (?P<message>[^\n]*(?:\n\t[^\n]*)*)", re.MULTILINE
)
_GOROUTINE = re.compile(
    r"^(?:goroutine \d+ [^\n]{0,200}\[[^\]\n]{0,200}\]:|runtime stack:)\s*$", re.MULTILINE
)
_GO_CALL = re.compile(
    r"^(?=[^\n]{1,700}\n\t)[\w./~%@*()$-]{1,300}\.\S{1,300}"
    r"\r?\n\t\S{1,500}:\d{1,9}(?: \+0x[0-9a-f]+)?\r?$",
    re.MULTILINE,
)


SAID_CHARACTERS = 8192
"""What is copied of what an exception says: the trace has all of it."""


class StackTrace(NamedTuple):
    """
    `begins` is where the trace begins in the text, `said` what its exception says on its own, and
    is empty with `type` and `message` where there is no telling.
    """

    begins: int
    said: str = ""
    type: str = ""
    message: str = ""


def first_line(text: str) -> str:
    """What a trace begins with, where nothing tells what its exception says."""
    return text.lstrip().partition("\n")[0].rstrip()[:SAID_CHARACTERS]


def find_stack_trace(text: str) -> StackTrace | None:
    """The stack trace in a text, if there is one. Of several that are chained it is one."""
    if "\n" not in text:
        return None
    return _find_python(text) or _find_go(text) or _find_frames(text)


def find_thrown(text: str) -> StackTrace:
    """
    What a text that is a stack trace as a whole says was thrown; nothing where there is no telling.

    One line may be all of it: an exception without frames.
    """
    found = find_stack_trace(text)
    if found is not None and found.type:
        return found
    first = _ALONE.match(text)
    return StackTrace(0) if first is None else StackTrace(0, first[0], first["type"], first[2])


def _find_python(text: str) -> StackTrace | None:
    tracebacks = list(_TRACEBACK.finditer(text))
    if not tracebacks:
        return None
    begins, last = tracebacks[0].start(), tracebacks[-1]
    if last["group"]:
        pattern = _RAISED.format(indent=re.escape(last["indent"]) + r"\| ", message=r"[^\n]*?")
    else:  # the exception is the last of all; its message may go on
        pattern = _RAISED.format(indent=re.escape(last["indent"]), message=r"[^\n]*?(?:\n[\s\S]*)?")
    raised = re.compile(pattern, re.MULTILINE).search(text, last.end())
    if raised is None:
        return StackTrace(begins)
    message = (raised["message"] or "").rstrip()
    said = f"{raised['type']}: {message}" if message else raised["type"]
    return StackTrace(_chained_from(text, begins), said, raised["type"], message)


def _chained_from(text: str, begins: int) -> int:
    """A cause that was never raised has no traceback, and stands before the first."""
    return 0 if text.startswith(("The above exception", "During handling")) else begins


def _find_go(text: str) -> StackTrace | None:
    panic, goroutine = _PANIC.search(text), _GOROUTINE.search(text)
    if goroutine is not None and panic is not None and panic.start() < goroutine.start():
        message = panic["message"].split("\n\t")[0].rstrip()
        said = f"{panic['type']}: {message}"
        return StackTrace(panic.start(), said, panic["type"], message)
    trace = goroutine or _GO_CALL.search(text)
    return StackTrace(trace.start()) if trace is not None else None


def _find_frames(text: str) -> StackTrace | None:
    """What Java, .NET and Node print: the exception, then `at` and a place on each line."""
    frame = _FRAME.search(text)
    if frame is None:
        return None
    node = _UNCAUGHT_BY_NODE.match(text)
    start = node.end() if node else 0
    thrown = _THROWN.search(text, start, frame.start()) or _find_named(text, start, frame.start())
    if thrown is None:
        return StackTrace(0 if node else frame.start())
    line = text.rfind("\n", 0, thrown.start()) + 1
    inline = text[line : thrown.start("type")].strip()
    begins = thrown.start("type") if inline and line == 0 and _says(inline) else line
    said, message = _message(text, thrown, begins)
    return StackTrace(0 if node else begins, said, thrown["type"], message)


def _says(before: str) -> bool:
    """Whether the words before an exception on its line are more than what a runtime puts there."""
    return not before.startswith(("Exception in thread", "Unhandled exception", "[", "Uncaught"))


def _find_named(text: str, start: int, frame: int) -> re.Match[str] | None:
    """An exception behind other words on its line, or with any name on the line before a frame."""
    line = text.rfind("\n", start, max(start, frame - 1)) + 1
    return _INLINE.search(text, start, frame) or _NAMED.match(text, max(start, line), frame)


def _message(text: str, thrown: re.Match[str], begins: int) -> tuple[str, str]:
    """All that the exception says, and without its name: up to the first frame."""
    bracketed = text.startswith("[", begins)
    end = text.find("\n", thrown.end()) if bracketed else _CONTINUED.search(text, thrown.end())
    stop = end if isinstance(end, int) else end.start() if end else len(text)
    said, message = text[begins:stop].strip(), text[thrown.end() : stop].removeprefix(":").strip()
    if bracketed:
        message = message.removesuffix("{").rstrip().removesuffix("]")
        said = f"{thrown['type']}: {message}"
    return said, message
