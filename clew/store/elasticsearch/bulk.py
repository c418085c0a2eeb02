"""
Documents -> the body of a `_bulk` request, and its answer -> results.

A source is spliced in as the bytes it is, never decoded: `create` with the document's own ID, so
that whatever arrives a second time is answered 409 and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from clew.store.elasticsearch.failures import describe
from clew.store.protocols import Outcome, Result

MOST_BYTES = 5_000_000
"""Of one bulk. Elasticsearch's guide: a few megabytes; more only costs the server memory."""

FILTER_PATH = (
    "items.*.status",
    "items.*.error.type",
    "items.*.error.reason",
    "items.*.error.caused_by",
    "error",
)
"""All of an answer that is read here; a full one is larger than many documents."""

_FAULTS_OF_DOCUMENTS = frozenset(
    {
        "document_parsing_exception",  # 8.8 and later
        "mapper_parsing_exception",
        "x_content_parse_exception",
        "not_x_content_exception",
        "max_bytes_length_exceeded_exception",
    }
)
"""`error.type` of what another try, or another setting of the server, would not change."""

_FAULTS_BY_REASON = ("immense term", "Malformed content")
"""illegal_argument_exception says many things; with these words it is about the document."""

_CREATED, _EXISTS = 201, 409


def creation(index: str, id_: str, source: bytes) -> bytes:
    """The two lines of a bulk that create one document."""
    # A newline would end the document there and make its rest an operation.
    return b'{"create":{"_index":%b,"_id":%b}}\n%b\n' % (
        orjson.dumps(index),
        orjson.dumps(id_),
        source.replace(b"\n", b" "),
    )


def deletion(index: str, id_: str) -> bytes:
    """The line of a bulk that deletes one document."""
    return orjson.dumps({"delete": {"_index": index, "_id": id_}}) + b"\n"


def cut(operations: Sequence[bytes], most_bytes: int = MOST_BYTES) -> Iterator[Sequence[bytes]]:
    """Runs of operations of at most `most_bytes`, or of one that is larger by itself."""
    start = size = 0
    for position, each in enumerate(operations):
        if position > start and size + len(each) > most_bytes:
            yield operations[start:position]
            start, size = position, 0
        size += len(each)
    if start < len(operations):
        yield operations[start:]


def results(items: Iterable[Mapping[str, Mapping[str, Any]]]) -> list[Result]:
    """One result for each item of an answer."""
    return [_judge(action) for item in items for action in item.values()]


def is_fault_of_document(error: Mapping[str, Any]) -> bool:
    if error.get("type") in _FAULTS_OF_DOCUMENTS:
        return True
    return any(words in str(error.get("reason")) for words in _FAULTS_BY_REASON)


def _judge(action: Mapping[str, Any]) -> Result:
    status: int = action["status"]
    if status == _CREATED:
        return Result(Outcome.CREATED)
    if status == _EXISTS:
        return Result(Outcome.EXISTS)
    error = action.get("error", {})
    # 429 and 5xx, but also every 4xx that is not known to be the document's fault: a missing
    # privilege or a full cluster must hold documents back, not throw them into quarantine.
    is_refused = status < 500 and status != 429 and is_fault_of_document(error)
    return Result(Outcome.REFUSED if is_refused else Outcome.HELD, describe(error))
