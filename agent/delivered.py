"""
What has to be stored before the watermark moves: files, by their sizes, and the journal, by time.

Keeps true: what `agent.watermark` says of files holds for the journal. An entry is waited for by a
look that began after it was written: until the journal has given every entry from before that look,
and these are stored. Silence is what says so, and a second of it is enough: so a node whose journal
is followed is a second later than its files.
"""

from __future__ import annotations

from agent import events
from agent.journal import Journal
from agent.watch import Watch
from agent.watermark import JOURNAL, Watermark


class Delivered:
    """Used by one thread at a time."""

    def __init__(self, watch: Watch, journal: Journal) -> None:
        self._watch, self._journal = watch, journal
        self.watermark = Watermark()

    def looked(self) -> None:
        """A look is through: it counts, unless it may have missed a file."""
        watch, journal = self._watch, self._journal
        if journal.failure:
            watch.unreadable[journal.path] = journal.failure
        if watch.saw_everything:
            sizes = watch.sizes
            if journal.followed or journal.busy:
                sizes[JOURNAL] = watch.looked_at
            self.watermark.looked(watch.looked_at, sizes, watch.unreadable)

    def advance(self) -> None:
        """Move on as far as everything is stored."""
        busy = self._watch.in_flight or self._journal.busy
        self.watermark.advance(self._waits, self._hidden_by, busy=busy)
        events.reading.delivered_up_to(self.watermark.time)

    def _waits(self, name: str, size: int) -> bool:
        if name == JOURNAL:
            return self._journal.waits(size)
        return self._watch.waits(name, size)

    def _hidden_by(self, name: str) -> str | None:
        if name == JOURNAL:
            return self._journal.path if self._journal.failure else None
        return self._watch.hidden_by(name)
