"""What a follower reads, and what of it may be read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from agent.accounts import Account
from agent.framing.framed import FramedLines
from agent.ranges import Range


class Followed(Protocol):
    """What is read: a file, or the journal."""

    @property
    def account(self) -> Account: ...

    def unread(self, reading: Reading) -> None:
        """It could not be written to the outbox: it is read again, the newest range first."""
        ...


@dataclass(slots=True)
class Reading:
    """A range that was just read, and its lines."""

    follower: Followed
    range: Range
    lines: FramedLines
