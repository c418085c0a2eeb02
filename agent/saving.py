"""
When the checkpoint is written, and what may go once it is.

Keeps true:
- what a checkpoint still needs is there: a slot is used again, and a copy is removed, only when one
  that does without them is on the disk;
- what was found out and can't be found out again, such as a gap or a file that is gone, is on the
  disk about SAVE_SECONDS later, whether or not anything is sent meanwhile.

A crash leaves the checkpoint before: what it does not know is sent again, or found out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from math import inf

from agent import events
from agent.checkpoint import CheckpointFile, State
from agent.outbox.outbox import Outbox
from agent.ranges import Range
from agent.rescue.spool import RescueSpool
from agent.watch import Watch
from clew.runtime.clock import Clock

SAVE_SECONDS = 1.0
"""How far a checkpoint may lag behind the answers. What it does not know is sent again."""


class Saving:
    """The checkpoint of one sweeper. Used by one thread."""

    def __init__(
        self,
        checkpoint: CheckpointFile,
        outbox: Outbox,
        rescue: RescueSpool,
        clock: Clock,
        state: Callable[[], State],
    ) -> None:
        """`state` gives what is to be written, but for the batches."""
        self._checkpoint, self._outbox, self._rescue = checkpoint, outbox, rescue
        self._clock, self._state = clock, state
        self._saved_at = clock.monotonic()

    def take_up(self, watch: Watch, state: State) -> None:
        """From here on this watch is saved, which began with this state."""
        self._watch, self._ledger = watch, state.ledger
        self._note_saved()

    def begin_anew(self) -> None:
        """
        The batches in the outbox are of no matter any more, for a next process neither.

        As long as that can't be written down nothing is sent, since `save_due` raises.
        """
        self._outbox.clear()
        self._saved_at, self._watch.keeping.changed = -inf, True
        self.save_due_or_tell()

    def save(self) -> None:
        """Make positions and the books durable. Raises OSError."""
        passed = self._outbox.passed()
        state = self._state()
        gone = {kept.number for kept in passed}
        state.next_batch = self._outbox.next_number
        state.open_batches = [n for n in self._outbox.open_numbers if n not in gone]
        self._checkpoint.save(state)
        self._outbox.release(passed)
        self._rescue.release({name: each.position.offset for name, each in state.files.items()})
        self._watch.keeping.changed = False
        self._note_saved()
        self._saved_at = self._clock.monotonic()
        events.data.checkpoint_written()

    def save_changes(self) -> None:
        """Raises OSError."""
        changed = self._watch.keeping.changed or self._ledger != self._saved_ledger
        if changed or self._outbox.passed():
            self.save()

    def save_due(self) -> None:
        """What has changed, if the last checkpoint is so old. Raises OSError."""
        if self._clock.monotonic() - self._saved_at >= SAVE_SECONDS:
            self.save_changes()

    def save_due_or_tell(self) -> None:
        """The same for who goes on without: who sends something next finds out."""
        try:
            self.save_due()
        except OSError as error:
            events.data.checkpoint_not_written(error)

    def save_first(self, ranges: Iterable[Range]) -> None:
        """
        What must be on the disk before these are sent: the names of their files, which a crash
        would change, and store their lines twice; and what an earlier file handed over to one of
        them, which would be open in both. Raises OSError.
        """
        ranges = list(ranges)
        unsaved = self._watch.names_given - self._saved_names
        named = unsaved.isdisjoint(part.generation for part in ranges)
        if not named or any(part.takes_over for part in ranges):
            self.save()

    def _note_saved(self) -> None:
        self._saved_ledger, self._saved_names = copy(self._ledger), self._watch.names_given
