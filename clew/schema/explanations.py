"""
What each reason means to the people whose lines they are: an example, and what to do about it.

The page `docs/spec/rejections.md` is generated from this, and `clew lint` says the same.
"""

from __future__ import annotations

from typing import NamedTuple

from clew.schema.line import LINE_BYTES
from clew.schema.rejection import Reason


class Explanation(NamedTuple):
    """
    `example` is a line that is refused for this reason, under the schema of a policy where one is
    given; with `by`, by another than the schema: whoever else finds it out.
    """

    meaning: str
    example: bytes
    remedy: str
    policy: str = ""
    by: str = ""


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.BAD_FRAMING: Explanation(
        "Not a line that a container runtime writes: what stands in front of the application's own "
        "text (time, stream, flag) is missing or damaged.",
        b"no time and no stream before it",
        "Look at who else writes into the folder of the logs, and at the disk. A line may also be "
        "cut off by a crash of the node.",
        by="the agent",
    ),
    Reason.INVALID_UTF8: Explanation(
        "Bytes that are not UTF-8, such as ISO 8859-1 or a binary dump.",
        b"caf\xe9 is closed",
        "Let the program write UTF-8: `-Dfile.encoding=UTF-8` and `-Dstdout.encoding=UTF-8` for "
        "Java before 18, `PYTHONIOENCODING=utf-8` for Python under another locale, a locale such "
        "as `C.UTF-8` in the image for most others.",
    ),
    Reason.INVALID_JSON: Explanation(
        "It begins like a JSON object, but is none, or is followed by more.",
        b'{"log.level":"info","message":"paid"',
        "Write one whole object a line. Long lines that are cut (a logger's own limit, a driver "
        "that splits at 16 KiB) and two threads that write without a lock are the usual causes.",
    ),
    Reason.INVALID_OTLP: Explanation(
        "It begins like OpenTelemetry's JSON, and holds no log records that can be read, or more "
        "than ten thousand.",
        b'{"resourceLogs":[]}',
        "Look at the exporter's version, and send fewer records in one line.",
    ),
    Reason.TOO_DEEP: Explanation(
        "Objects in objects, deeper than anybody reads.",
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        "Log the fields you look for, not whole object graphs.",
    ),
    Reason.TOO_LONG: Explanation(
        f"Longer than {LINE_BYTES:,} bytes.",
        b"x" * (LINE_BYTES + 1),
        "Log a reference to bodies and dumps, not the things themselves.",
    ),
    Reason.DUPLICATE_KEY: Explanation(
        "A key stands twice in one object; one of the two values would be lost.",
        b'{"log.level":"info","message":"paid","message":"again"}',
        "Most often a field of the MDC or an extra has the name of one that the encoder writes by "
        "itself: rename it, or let the encoder put the MDC into an object of its own.",
    ),
    Reason.MISSING_FIELD: Explanation(
        "A field is missing, or empty: the message, for every JSON object; what the policy "
        "requires, for every line that its rule matches.",
        b'{"log.level":"info","message":"paid"}',
        "For IDs: pass the context on (`traceparent`, baggage) and put it into the logger's "
        "context, as docs/logging shows for each language. For loggers that speak outside of any "
        "request, such as at start-up, name them in `except_loggers` of the rule.",
        policy="{require: [trace.id]}",
    ),
    Reason.NOT_AN_ID: Explanation(
        "A placeholder (`-`, `0`, `N/A`, zeros, or one of the policy's `not_ids`) stands where the "
        "policy requires an ID.",
        b'{"log.level":"info","message":"paid","trace.id":"00000000000000000000000000000000"}',
        "The line was written outside of a trace, or tracing is off: start a span around the work, "
        "or let the logger leave the field out.",
        policy="{require: [trace.id]}",
    ),
    Reason.LEVEL_NOT_ALLOWED: Explanation(
        "The line's level is none of those that the policy allows; a level that nobody knows, or "
        "none, is `unknown`.",
        b'{"log.level":"trace","message":"in the loop"}',
        "Raise the level in the logger's configuration, or write levels by their usual names.",
        policy="{levels: [info, warn, error]}",
    ),
    Reason.FIELD_TOO_LONG: Explanation(
        "A field has more bytes than the policy allows.",
        b'{"log.level":"info","message":"a whole order with all its positions"}',
        "Log what is looked for, and a reference to the rest; cut stack traces in the encoder "
        "(`ShortenedThrowableConverter` for Logback).",
        policy="{longest: {message: 16B}}",
    ),
    Reason.TOO_MANY_LABELS: Explanation(
        "More labels (fields without a name of their own in the schema) than the policy allows.",
        b'{"log.level":"info","message":"paid","labels":{"a":"1","b":"2","c":"3"}}',
        "Log the few that somebody searches for.",
        policy="{most_labels: 2}",
    ),
    Reason.UNREADABLE: Explanation(
        "A dialect failed over it: a bug of clew, which the line survives.",
        b"no such line is known",
        "Report the line and what `clew.detail` says; once it is mended, replay the line.",
        by="a dialect with a bug",
    ),
    Reason.NOT_CANONICAL: Explanation(
        "The agent said that it had checked the line, and the collector found in it what no "
        "application may say.",
        b'{"log.level":"info","message":"paid","kubernetes.namespace":"other"}',
        "Nothing that an application does leads to this: look at who sends to the collector, and "
        "at the agent's version.",
        by="the collector",
    ),
    Reason.REFUSED_BY_STORE: Explanation(
        "The store will never take the document; `clew.detail` has its words.",
        b'{"log.level":"info","message":"paid"}',
        "A bug of clew, or an index whose mapping somebody changed: compare it with "
        "docs/elasticsearch.md, then replay the line.",
        by="the store",
    ),
}
"""One for each reason."""
