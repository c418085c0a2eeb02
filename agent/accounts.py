"""
The books of each container: what it wrote, and what became of it.

    written = stored + in flight + not read + gaps + excluded    (bytes)
    lines stored = indexed + quarantined + shed + joined + still open   (lines and pieces)

Keeps true: `written` grows where a file is seen to grow, everything else where it happens, so that
the equations prove something. They are written with the checkpoint, at the same moment as the
positions they describe. An account lives as long as a file of its container is followed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from agent.ledger import Gap
from agent.ranges import Range
from agent.sources.log_file import LogFile
from clew.wire.batch import PartAnswer


class Account(msgspec.Struct):
    """
    Sums since the first file of a container was seen, over its restarts.

    `service` is what its lines are said to be of where they do not say it; None before the first.
    """

    namespace: str
    pod: str
    container: str
    written_bytes: int = 0
    stored_bytes: int = 0
    stored_lines: int = 0
    joined_pieces: int = 0
    indexed: int = 0
    existing: int = 0
    quarantined: int = 0
    shed_lines: int = 0
    gap_bytes: int = 0
    gap_count: int = 0
    excluded_bytes: int = 0
    service: str | None = None

    def add(self, part: Range, answer: PartAnswer) -> None:
        """A range is stored, and the position has passed it."""
        self.stored_bytes += part.size_bytes
        self.stored_lines += part.lines
        self.joined_pieces += part.pieces_joined
        self.indexed += answer.indexed
        self.existing += answer.existing
        self.quarantined += answer.quarantined
        self.shed_lines += sum(span.lines for span in part.shed)

    def add_gap(self, gap: Gap) -> None:
        self.gap_count += 1
        self.gap_bytes += gap.end - gap.start


class Balance(NamedTuple):
    """An account and what of it is under way; the two differences are zero, or the books lie."""

    account: Account
    in_flight_bytes: int
    in_flight_records: int
    unread_bytes: int
    open_pieces: int

    @property
    def bytes_missing(self) -> int:
        account = self.account
        accounted = account.stored_bytes + account.gap_bytes + account.excluded_bytes
        return account.written_bytes - accounted - self.in_flight_bytes - self.unread_bytes

    @property
    def lines_missing(self) -> int:
        account = self.account
        records = account.indexed + account.quarantined + account.shed_lines
        return account.stored_lines - records - account.joined_pieces - self.open_pieces


def container_of(file: LogFile) -> str:
    """What names the container of a file, over its restarts."""
    return file.container_key.rpartition("/")[0]


class Accounts:
    """Accounts by container, whatever its restarts and files."""

    def __init__(self, known: dict[str, Account]) -> None:
        self._accounts = known

    def of(self, file: LogFile) -> Account:
        """The account of a file's container, opened where there is none yet."""
        container = file.container
        key = container_of(file)
        account = self._accounts.get(key)
        if account is None:
            account = Account(container.namespace, container.pod, container.name)
            self._accounts[key] = account
        return account

    def keep(self, files: Iterable[LogFile]) -> None:
        """Close the accounts of which no file is followed any more."""
        kept = {container_of(file) for file in files}
        for key in self._accounts.keys() - kept:
            del self._accounts[key]

    @property
    def by_container(self) -> dict[str, Account]:
        return self._accounts
