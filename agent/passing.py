"""The position passes ranges that are stored, and the books follow it."""

from __future__ import annotations

from agent import events
from agent.follower import Follower
from agent.journal import Journal
from agent.ledger import Ledger
from agent.ranges import Range
from clew.wire.batch import PartAnswer


def pass_stored(follower: Follower | Journal, ledger: Ledger) -> None:
    """Over all ranges that were answered for, up to the first that was not."""
    for part in follower.pass_stored():
        assert part.answer is not None
        count(part, part.answer, ledger)
        follower.account.add(part, part.answer)


def count(part: Range, answer: PartAnswer, ledger: Ledger) -> None:
    ledger.add(part, answer)
    events.lines.part_stored(part.lines, part.size_bytes, answer)
    events.lines.lines_shed(part.shed)
