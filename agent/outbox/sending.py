"""
Which batch of the outbox is sent next, and what an answer makes of it.

Keeps true: of a batch only the parts that are held are sent again, and one index that takes nothing
holds up nothing but its own files.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from agent import events
from agent.follower import Follower
from agent.journal import Journal
from agent.ledger import Ledger
from agent.outbox.outbox import Outbox, Outgoing
from agent.passing import pass_stored
from agent.ranges import Range, why_held
from agent.watch import Watch
from clew.runtime.clock import Clock
from clew.wire.batch import Answer

HELD_FOR_SECONDS = 1.0
"""How long a batch rests after parts of it were held; the others go on meanwhile."""
REFUSED_FOR_SECONDS = 30.0
"""How long after it was refused altogether: somebody has to mend the collector first."""


class SendQueue:
    """The batches that wait to be sent again; none of them is on its way."""

    def __init__(self, outbox: Outbox, watch: Watch, journal: Journal, clock: Clock) -> None:
        self._outbox, self._watch, self._journal = outbox, watch, journal
        self._clock = clock
        self._waiting: deque[Outgoing] = deque()
        self.held_because = ""

    def load(self, batches: Iterable[Outgoing]) -> None:
        """What the last process left, in its order."""
        self._waiting.extend(batches)

    def add(self, outgoing: Outgoing) -> None:
        """To be sent before anything new."""
        outgoing.not_before = 0.0
        self._waiting.appendleft(outgoing)

    def due(self, now: float) -> Outgoing | None:
        """The first batch that has rested long enough; it is on its way from now on."""
        for outgoing in self._waiting:
            if outgoing.not_before <= now:
                self._waiting.remove(outgoing)
                return outgoing
        return None

    def settle(self, outgoing: Outgoing, answer: Answer, ledger: Ledger) -> int:
        """Take in the answer to a batch; how many of its parts have to be sent again."""
        held: list[int] = []
        for place, said in zip(outgoing.places, answer.parts, strict=True):
            part = outgoing.kept.ranges[place]
            why = why_held(part, said)
            if why:
                held.append(place)
                self.held_because = why
                self._hold(part)
                events.lines.part_held(part.file.path, why)
                continue
            outgoing.kept.unanswered.discard(place)
            part.held = False
            if part.answer is None and not part.passed:
                part.answer = said
                self._pass(part, ledger)
        if held:
            again = Outgoing(outgoing.kept, held, rests=outgoing.rests + 1)
            self._rest(again, HELD_FOR_SECONDS)
        else:
            self.held_because = ""
            events.lines.nothing_held()
        return len(held)

    def put_off(self, outgoing: Outgoing) -> None:
        """The batch was refused altogether."""
        for part in outgoing.ranges:
            self._hold(part)
        self._rest(outgoing, REFUSED_FOR_SECONDS)

    def read_again(self, outgoing: Outgoing) -> None:
        """A batch can't be had any more: what is not stored of it is read again where it was."""
        for place in reversed(outgoing.places):  # the newest range of a file first
            part = outgoing.kept.ranges[place]
            outgoing.kept.unanswered.discard(place)
            part.held = False
            if part.answer is None and not part.passed:
                part.passed = True
                if (whose := self._find(part)) is not None:
                    whose.read_again(part)

    def _rest(self, outgoing: Outgoing, seconds: float) -> None:
        outgoing.body = None
        outgoing.not_before = self._clock.monotonic() + seconds
        self._waiting.append(outgoing)

    def _hold(self, part: Range) -> None:
        if part.passed or part.answer is not None:
            return  # sent again with the others of its batch: nothing waits for it
        part.held = True

    def _pass(self, part: Range, ledger: Ledger) -> None:
        follower = self._find(part)
        if follower is None:
            part.passed = True
        else:
            pass_stored(follower, ledger)

    def _find(self, part: Range) -> Follower | Journal | None:
        """Whose it is; None of a file that was given up."""
        return self._journal if part.cursor else self._watch.find(part.generation)
