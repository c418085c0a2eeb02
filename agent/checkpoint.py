r"""
What the agent remembers: for each file how far it is stored for good, which batches behind that are
in the outbox, and the books.

    clew-checkpoint 1 <CRC-32 of the body, 8 hex digits>\n
    <body: one JSON object>

Keeps true: the file on disk is whole. It is written beside the old one, synced and renamed; the old
one stays as `.previous`. A crash at any moment leaves one of the two. If neither can be read the
agent starts from the beginning of every file and says so: IDs come from where a line stands, so
what is sent again is not stored again.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from agent.accounts import Account
from agent.durable import read_whole, sync_folder, write_beside
from agent.framing.joining import Position
from agent.identity.book import Book
from agent.ledger import Ledger
from agent.sightings import Seen
from agent.sources.log_file import LogFile
from clew.runtime.errors import CorruptionError

_MAGIC = b"clew-checkpoint 1 "


class Progress(msgspec.Struct):
    """
    How far a file is stored. `size` is what was last seen of it, uncompressed; `ended`: nobody
    writes to it any more, or that somebody may have is in the ledger.
    """

    file: LogFile
    position: Position = msgspec.field(default_factory=Position)
    size: int = 0
    ended: bool = False


class State(msgspec.Struct):
    """
    Progress by generation, and the ledger, both as to one store.

    `store` is the identity of that store; empty before the first one is met. Of the batches with
    numbers below `next_batch`, the `open_batches` are not passed by all positions: the outbox has
    them, and those from `next_batch` on. `packed` are the compressed files that stand at a path.
    """

    files: dict[str, Progress] = {}
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    store: str = ""
    next_batch: int = 0
    open_batches: list[int] = []
    accounts: dict[str, Account] = {}
    journal: str = ""
    identities: Book = msgspec.field(default_factory=Book)
    packed: dict[str, Seen] = {}


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(State).decode


class CheckpointFile:
    """The checkpoint in a folder that no other process writes to."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "checkpoint"
        self._previous = folder / "checkpoint.previous"

    def load(self) -> tuple[State, list[CorruptionError]]:
        """The newest state that can be read, and what is damaged. At first: a new state."""
        damages: list[CorruptionError] = []
        for path in (self.path, self._previous):
            try:
                return _read(path), damages
            except FileNotFoundError:
                continue
            except CorruptionError as error:
                damages.append(error)
                # Where it stands, the next save would put it in the place of a good `.previous`.
                path.replace(f"{path}.damaged")
        return State(), damages

    def save(self, state: State) -> None:
        """Make a state durable. Raises OSError; then the old one stands."""
        body = _encode(state)
        temporary = write_beside(self.path, _MAGIC + b"%08x\n" % zlib.crc32(body) + body)
        if self.path.exists():
            self.path.replace(self._previous)
        temporary.replace(self.path)
        sync_folder(self.path.parent)


def _read(path: Path) -> State:
    content = read_whole(path)
    head, newline, body = content.partition(b"\n")
    if not newline or not head.startswith(_MAGIC):
        raise CorruptionError(str(path), 0, "not a checkpoint of this version")
    if head[len(_MAGIC) :] != b"%08x" % zlib.crc32(body):
        raise CorruptionError(str(path), len(head) + 1, "the checksum does not fit")
    try:
        return _decode(body)
    except msgspec.MsgspecError as error:
        raise CorruptionError(str(path), len(head) + 1, str(error)) from error
