"""What to do about a line that was refused: a sentence for whoever owns the service."""

from __future__ import annotations

from clew.schema.rejection import Reason

_REMEDIES = {
    Reason.BAD_FRAMING: "No container runtime writes such a line: look at what else writes into "
    "this file, or whether a copy of it was cut.",
    Reason.INVALID_UTF8: "Let the service write UTF-8: set the encoding of its logger or its "
    "locale (for Java -Dfile.encoding=UTF-8), and encode binary values before logging them.",
    Reason.INVALID_JSON: "Write one JSON object a line, and nothing else on it: let one logger "
    "write a line in one go, and let a JSON library make it.",
    Reason.INVALID_OTLP: "Let OpenTelemetry's exporter write the line as it makes it, whole and "
    "unchanged, with fewer records a line where there are too many.",
    Reason.TOO_DEEP: "Log fewer levels: keep what is asked for as fields of its own, and the rest "
    "as a text.",
    Reason.TOO_LONG: "Log less at once: cut bodies and dumps before logging them, or log where "
    "they are kept.",
    Reason.DUPLICATE_KEY: "Write each key once: rename the field that the service adds beside one "
    "that its logger writes itself.",
    Reason.MISSING_FIELD: "Let the logger write the field: a formatter for ECS logging has "
    "@timestamp, log.level and message, and takes IDs from the context of the request.",
    Reason.NOT_CANONICAL: "Let agents and collectors be of one version: what this agent says to be "
    "canonical is not, as this collector reads the schema.",
    Reason.REFUSED_BY_STORE: "Look at the detail: the store can't hold a value of this record. "
    "Once its cause is gone, replay the line.",
}

_UNKNOWN = "A newer clew refused it: ask that one what to do."


def remedy(reason: str) -> str:
    """The sentence for a reason as it stands in a document; one of a newer clew may be unknown."""
    try:
        return _REMEDIES[Reason(reason)]
    except (ValueError, KeyError):
        return _UNKNOWN
