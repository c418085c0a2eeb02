"""
A batch: ordered records of one agent, sent as one unit.

    body     = zstd( msgpack( Batch ) )
    Batch    = version, schema, agent, deadline, policy, containers once each, parts
    Part     = a range of one file: packed arrays with one element a record, and the records
               themselves as newline-delimited JSON, canonical lines exactly as they were written

What stands in an array is what the collector must know of a record without parsing it. Arrays are
little-endian. A body that is not such a batch is a WireError: sending it again changes nothing.

Version 2 says the schema's version and the violations of each record. What an agent of version 1
left in its outbox is sent as it stands, so the older version is still read.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import NamedTuple

import msgspec

from clew.schema.record import SCHEMA_VERSIONS
from clew.wire.envelope import WireError, check_version, seal, unseal

WIRE_VERSION = 2
WIRE_VERSIONS = range(1, WIRE_VERSION + 1)
"""Which can be read."""
CONTENT_TYPE = "application/vnd.clew.batch"


class Container(msgspec.Struct, frozen=True):
    """
    Where records come from; stated once per batch.

    The words are those of Kubernetes; other sources say theirs in the place that comes closest.
    `service` says who speaks where a line does not (empty: the workload, else the container).
    """

    namespace: str
    pod: str
    uid: str
    name: str
    restart: int
    node: str
    workload: str
    cluster: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    qos: str = ""
    workload_kind: str = ""
    service: str = ""


class Carried(msgspec.Struct, frozen=True):
    """
    A record of a part that begins in an earlier file of its container: its place in the part, and
    the generation and path of that file, of which its offset is one.
    """

    place: int
    generation: str
    path: str


class Part(msgspec.Struct):
    """
    The records of one range of one file.

    `start` and `end` are offsets in the file; acknowledging the part acknowledges every byte
    between. The arrays hold, for each record: its offset (Q), the runtime's Unix nanoseconds (q),
    and severity, flags, dialect and output (1 is stderr) (B each). `transactions` holds the
    business transaction or an empty text. `checksums`, the CRC-32 of each line (I), is there for
    files without a runtime's times only, and then a part of document IDs. `carried` names the few
    records that begin in an earlier file.
    """

    container: int
    generation: str
    path: str
    start: int
    end: int
    offsets: bytes
    times: bytes
    severities: bytes
    flags: bytes
    dialects: bytes
    outputs: bytes
    transactions: list[str]
    records: bytes
    checksums: bytes = b""
    carried: list[Carried] = []
    violations: list[tuple[str, ...]] = []
    violated: bytes = b""


class Batch(msgspec.Struct):
    """
    `deadline_seconds` is how long the agent waits, counted from when it began to send.

    `policy` names the policy that was applied, `schema` is the version of the records.
    """

    agent: str
    deadline_seconds: float
    policy: str
    containers: list[Container]
    parts: list[Part]
    schema: int = 1
    version: int = WIRE_VERSION


class PartAnswer(msgspec.Struct, omit_defaults=True):
    """
    What became of a part: the offset up to which it is stored for good, and counts of records.

    `acknowledged` is the part's end, or its start with the `error` that held it.
    """

    acknowledged: int
    indexed: int = 0
    existing: int = 0
    quarantined: int = 0
    error: str = ""


class Answer(msgspec.Struct):
    """One PartAnswer for each part, in order, and the identity of the store they are in."""

    parts: list[PartAnswer]
    store: str = ""


_decode = msgspec.msgpack.Decoder(Batch).decode
encode_answer = msgspec.json.Encoder().encode
decode_answer = msgspec.json.Decoder(Answer).decode


def encode_batch(batch: Batch) -> bytes:
    return seal(batch)


def decode_batch(body: bytes, limit_bytes: int) -> Batch:
    """The batch in a body that unpacks to at most `limit_bytes`. Raises WireError."""
    batch = unseal(body, "batch", limit_bytes, WIRE_VERSIONS, _decode)
    check_version("batch with records of schema", batch.schema, SCHEMA_VERSIONS)
    for part in batch.parts:
        _check(part, len(batch.containers))
    return batch


def _check(part: Part, containers: int) -> None:
    count = len(part.transactions)
    singles = (part.severities, part.flags, part.dialects, part.outputs)
    if any(len(packed) != count for packed in singles):
        raise WireError("arrays of different lengths")
    if len(part.offsets) != 8 * count or len(part.times) != 8 * count:
        raise WireError("arrays of different lengths")
    if part.checksums and len(part.checksums) != 4 * count:
        raise WireError("arrays of different lengths")
    if not 0 <= part.container < containers:
        raise WireError("a part of an unknown container")
    if part.records.count(b"\n") != count or part.records[-1:] not in {b"", b"\n"}:
        raise WireError("not as many records as offsets")
    if any(not 0 <= each.place < count for each in part.carried):
        raise WireError("a carried record that is not there")
    if part.violated and len(part.violated) != 4 * count:
        raise WireError("arrays of different lengths")
    if max(unpack("I", part.violated), default=0) > len(part.violations):
        raise WireError("violations that are not there")


def pack(typecode: str, values: list[int]) -> bytes:
    """Integers as little-endian bytes; `typecode` as in `array`."""
    packed = array(typecode, values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unpack(typecode: str, packed: bytes) -> list[int]:
    values = array(typecode)
    values.frombytes(packed)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tolist()


def pack_violations(
    found: Mapping[int, tuple[str, ...]], count: int
) -> tuple[list[tuple[str, ...]], bytes]:
    """`violations` and `violated` of a part of so many records, by the places that have some."""
    if not found:
        return [], b""
    numbers: dict[tuple[str, ...], int] = {}
    violated = [0] * count
    for place, each in found.items():
        violated[place] = numbers.setdefault(each, len(numbers) + 1)
    return list(numbers), pack("I", violated)


class Row(NamedTuple):
    """One record of a part, with what the arrays say of it."""

    offset: int
    time: int
    severity: int
    flags: int
    dialect: int
    output: int
    transaction: str
    record: bytes
    checksum: int | None = None
    violations: tuple[str, ...] = ()
    ordinal: int = 0
    """Which record of its line, where a line holds many."""


def rows(part: Part) -> list[Row]:
    """The records of a part."""
    columns = (
        unpack("Q", part.offsets),
        unpack("q", part.times),
        part.severities,
        part.flags,
        part.dialects,
        part.outputs,
        part.transactions,
        part.records.split(b"\n"),
    )
    checksums = unpack("I", part.checksums) if part.checksums else repeat(None)
    # The text after the last newline is empty, and zip leaves it out.
    return [Row(*row) for row in zip(*columns, checksums, _violations(part), strict=False)]


def _violations(part: Part) -> Iterable[tuple[str, ...]]:
    if not part.violated:
        return repeat(())
    sets = [(), *part.violations]
    return map(sets.__getitem__, unpack("I", part.violated))
