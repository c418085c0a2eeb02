"""
What a store holds, and the ID that makes a second arrival harmless.

An ID says where the record stands: which container, which of its files, at which offset. It is the
same however often and by whatever road the line arrives: after a rename, out of the kubelet's gzip,
from a copy of the tree, or with the checkpoint lost.
"""

from __future__ import annotations

from base64 import b32encode
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

FIRST_LINE_BYTES = 64 * 1024
"""As much of a file's first line as names it: four times containerd's longest piece."""


class Collection(StrEnum):
    LOGS = "logs"
    QUARANTINE = "quarantine"


class Document(NamedTuple):
    """
    One write to a store.

    `time` (Unix nanoseconds) is what the container runtime wrote beside the line. It stands in the
    file, so a replay is routed to the same index; an application's own clock may say anything.
    `source` is one JSON object with dotted names, on one line.
    """

    collection: Collection
    id: str
    time: int
    source: bytes


def generation(container: str, first_line: bytes) -> str:
    """
    Name a file of a container for ever: 16 characters, the same wherever the file is found.

    `container` is namespace_pod_uid/container/restart. The first line begins or ends with the
    runtime's nanoseconds, so two files of one container differ in it. Only its first
    `FIRST_LINE_BYTES` count: of a longer line the rest may not be written yet.
    """
    digest = blake2b(container.encode(), digest_size=10, person=b"clew-file")
    digest.update(b"\0" + first_line[:FIRST_LINE_BYTES])
    return b32encode(digest.digest()).decode().lower()


def document_id(file: str, offset: int, checksum: int | None = None, ordinal: int = 0) -> str:
    """
    The ID of the record that begins at an offset of a generation; sorts by offset.

    With the CRC-32 of its line where no runtime's time stands in the file: there the generation is
    what an agent has counted, and another line at this place must not be taken for this one. Of a
    line that holds many records, all but the first have their ordinal behind it.
    """
    checked = (
        f"{file}-{offset:012x}" if checksum is None else f"{file}-{offset:012x}-{checksum:08x}"
    )
    return f"{checked}+{ordinal:04x}" if ordinal else checked
