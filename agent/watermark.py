"""
Up to which time everything that the containers wrote is stored.

A look that begins at a time sees of every file at least what was in it at that time. Once all that
it saw is stored, the watermark is that time. One look is waited for, and after it the next: what is
written meanwhile is for a later one, so the watermark moves on however fast the files grow.

Keeps true:
- a line counts from its end on: neither bytes behind a file's last newline nor a line whose last
  piece has not come hold the watermark up, and the container that wrote them may be dead;
- what is gone before it was stored is in the ledger as a gap by the time the watermark passes it;
- what can't be read holds nothing up and is counted beside the watermark, whether the look found
  it so or it became so while the look was waited for; it counts until a later look passes, which
  waits for it if it can be read again.

A crash leaves nothing of it: it is 0, not known, until all that the first look saw is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from clew.schema.timestamps import SECOND

JOURNAL = "journal"
"""It stands among the generations, and the time of the look is to it what a size is to a file."""


class Watermark:
    """`time` is Unix nanoseconds; `unreadable` is how many files and folders its look left out."""

    def __init__(self) -> None:
        self.time = 0
        self.unreadable = 0
        self._began = 0
        self._waited_for: _Look | None = None
        self._idle = True

    def looked(self, time: int, sizes: Mapping[str, int], unreadable: Iterable[str]) -> None:
        """
        A look that began at `time` saw every file there is; those not all stored by then, by
        generation, had so many bytes.

        `unreadable` are the paths that it could not read.
        """
        self._began = self._began or time
        if self._waited_for is None:
            self._waited_for = _Look(time, sizes, unreadable)

    def advance(
        self,
        waits: Callable[[str, int], bool],
        hidden_by: Callable[[str], str | None],
        *,
        busy: bool,
    ) -> None:
        """
        Move on if everything that was waited for is stored.

        `waits` says whether a generation still has something to be stored before an offset,
        `hidden_by` under which path it can't be read at present, `busy` whether anything at all is
        on its way to the collector.
        """
        look, waiting = self._waited_for, False
        if look is not None:
            look.sizes = {name: size for name, size in look.sizes.items() if waits(name, size)}
            look.leave_out(hidden_by)
            if not look.sizes:
                self.time, self.unreadable = look.time, len(look.unreadable)
                self._waited_for = None
            # Where only the journal's silence is waited for, nothing is known to wait.
            waiting = bool(look.sizes.keys() - {JOURNAL})
        self._idle = not waiting and not busy

    def behind_seconds(self, now: int) -> float:
        """For how long what waits may have waited; 0 where nothing does. For any thread."""
        return 0.0 if self._idle else max(0, now - (self.time or self._began)) / SECOND


class _Look:
    def __init__(self, time: int, sizes: Mapping[str, int], unreadable: Iterable[str]) -> None:
        self.time, self.sizes, self.unreadable = time, sizes, set(unreadable)

    def leave_out(self, hidden_by: Callable[[str], str | None]) -> None:
        """Wait no longer for what can't be read, and remember that it was not stored."""
        hidden = {name: path for name in self.sizes if (path := hidden_by(name)) is not None}
        self.sizes = {name: size for name, size in self.sizes.items() if name not in hidden}
        self.unreadable.update(hidden.values())
