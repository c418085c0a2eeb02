"""
A quarantined line -> the document it would be today, or several of a line that holds many records.

Keeps true: the ID and the runtime's time stay, so a replay meets its own earlier copy, and so does
an agent that sends the line once more. What is known of the line's origin stays; what was said of
its content is said anew, from the exact bytes of the line.

Of what a store refused (`refused_by_store`) and of what an agent wrongly called canonical
(`not_canonical`) the line itself was never here: what is kept is the record made of it, as JSON,
and that is read as the line. It is the same record again, but where its line was in another
dialect, nobody knows any more in which.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import orjson

from clew.answers.quarantine import REASON, content_of
from clew.schema.document import Collection, Document
from clew.schema.fields import NAMESPACE, SERVICE, TIMESTAMP
from clew.schema.interpreting import interpret
from clew.schema.keeping import Quarantined
from clew.schema.line import DIALECTS, Flag, Line
from clew.schema.policy.policy import BUILT_IN, Policy
from clew.schema.record import SCHEMA_VERSION, Record
from clew.schema.rejection import Reason
from clew.schema.timestamps import parse_rfc3339
from clew.store.protocols import Hit, Source

_CONTAINER = "kubernetes.container.name"
_UNFINISHED = "unfinished_line"
_VIOLATIONS = "clew.violations"
_RUNTIME_TIME = "clew.runtime_nanoseconds"

_OF_THE_CONTENT = frozenset(
    field.encode_name for kind in (Record, Quarantined) for field in msgspec.structs.fields(kind)
) | {
    _VIOLATIONS,
    "clew.dialect",
    "clew.schema",
    "clew.severity",
    "clew.timestamp",
    "clew.transaction",
}
"""What a document says of a line's content, and of how it was read."""


class Rules(NamedTuple):
    """What a line is read by today: the dialects of this version, and a policy."""

    policy: Policy = BUILT_IN

    def interpret(self, content: bytes, source: Source) -> Line:
        """What becomes of a line; the source says where it stood, which the policy asks for."""
        names = [source.get(name) for name in (NAMESPACE, SERVICE, _CONTAINER)]
        namespace, service, container = [name if isinstance(name, str) else "" for name in names]
        enforcer = self.policy.enforcer(namespace, service, container=container)
        return interpret(content, enforcer=enforcer)


BUILT_IN_RULES = Rules()


def replayed(hit: Hit, rules: Rules = BUILT_IN_RULES) -> list[Document] | Reason:
    """
    The documents for the logs, or the reason why the line stays where it is.

    The first has the ID of the line: it takes the place of what is quarantined.
    """
    content = content_of(hit.source)
    if content is None:
        return Reason.NOT_CANONICAL
    if hit.source.get(REASON) == Reason.BAD_FRAMING:
        return Reason.BAD_FRAMING  # which bytes of it are the line is not known to this day
    line = rules.interpret(content, hit.source)
    if line.flags & Flag.QUARANTINED:
        return Reason(orjson.loads(line.json)[REASON])
    records = line.members() if line.flags & Flag.MANY else [line]
    return [_document(hit, ordinal, record, rules) for ordinal, record in enumerate(records)]


def _document(hit: Hit, ordinal: int, line: Line, rules: Rules) -> Document:
    said = orjson.dumps(_head(hit.source, line, rules))[:-1]
    members = line.json.lstrip()[1:].lstrip()
    separator = b"" if members.startswith(b"}") else b","
    id_ = f"{hit.id}+{ordinal:04x}" if ordinal else hit.id  # as of `document_id`
    return Document(Collection.LOGS, id_, _time(hit.source), said + separator + members)


def _head(source: Source, line: Line, rules: Rules) -> dict[str, Any]:
    """Everything that stands in the document before the record."""
    head = {name: value for name, value in source.items() if name not in _OF_THE_CONTENT}
    head["clew.schema"] = SCHEMA_VERSION
    head["clew.severity"] = line.severity
    head["clew.dialect"] = DIALECTS[line.dialect]
    if line.transaction:
        head["clew.transaction"] = line.transaction
    if line.flags & Flag.NO_SERVICE and SERVICE in source:
        head[SERVICE] = source[SERVICE]
    if line.flags & Flag.NO_TIMESTAMP:
        head[TIMESTAMP] = source[TIMESTAMP]
        head["clew.timestamp"] = "runtime"
    head["clew.policy"] = rules.policy.name
    unfinished = [_UNFINISHED] if _UNFINISHED in (source.get(_VIOLATIONS) or ()) else []
    if violations := [*line.violations, *unfinished]:
        head[_VIOLATIONS] = violations
    return head


def _time(source: Source) -> int:
    """When the runtime wrote it, which is also what a store finds its quarantined form by."""
    time = source.get(_RUNTIME_TIME)
    return time if isinstance(time, int) else parse_rfc3339(source[TIMESTAMP])
