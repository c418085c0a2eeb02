"""
Sweeps: out of all followed files the next batch, and what the answer to it means.

Keeps true:
- a batch is in the outbox before its first send, and is sent as it stands there until it is stored;
- an acknowledged part, and nothing else, moves a position and the ledger, in the order of the file;
- a file of which the collector holds a range is read no further, and holds up no other.

A crash leaves batches in the outbox; the next start sends them again as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import msgspec

from agent import events
from agent.accounts import Balance
from agent.books import BOOKS
from agent.checkpoint import CheckpointFile, State
from agent.delivered import Delivered
from agent.excluded import Excluded
from agent.files import FileChangedError
from agent.follower import Follower
from agent.gaps import Gaps
from agent.journal import Journal, OpenJournal
from agent.ledger import Ledger
from agent.outbox.outbox import Outbox, Outgoing
from agent.outbox.sending import SendQueue
from agent.packing import Packed, build_batch, pack_reading
from agent.policy import Policy
from agent.rescue.capacity import Capacity, CapacityGauge
from agent.rescue.keeping import HELD_BYTES
from agent.rescue.spool import RESCUE_BYTES, RescueSpool
from agent.rounds import Ending, Rounds
from agent.saving import Saving
from agent.shedding.ladder import Backlog
from agent.sources.source import Source
from agent.watch import Watch
from agent.watermark import Watermark
from clew.runtime.clock import Clock
from clew.schema.timestamps import format_rfc3339
from clew.wire.batch import Answer, encode_batch

CAPACITY_SECONDS = 5.0
"""How often it is worked out for how long the disk, descriptors and the rescue spool would last."""


@dataclass(frozen=True, slots=True)
class SweepLimits:
    batch_bytes: int
    unfinished_after_seconds: float
    deadline_seconds: float
    outbox_bytes: int = 64 * 1024 * 1024
    group_seconds: float = 1.0
    """How long a text line waits in a quiet file for lines that go on with it."""
    rescue_bytes: int = RESCUE_BYTES
    held_bytes: int = HELD_BYTES


class Sweeper:
    """All methods run in one thread, one after the other."""

    def __init__(
        self,
        source: Source,
        data: Path,
        agent: str,
        limits: SweepLimits,
        clock: Clock,
        *,
        policy: Policy | None = None,
        open_journal: OpenJournal | None = None,
    ) -> None:
        checkpoint = CheckpointFile(data)
        self._outbox = Outbox(data / "outbox")
        self._agent, self._limits, self._clock = agent, limits, clock
        self._source = source
        self._rescue = RescueSpool(data / "rescue", limits.rescue_bytes)
        self._rescue.damaged = events.rescue.rescue_damaged
        self._rescue.load()
        self.capacity, self._capacity_gauge = Capacity(), CapacityGauge()
        state, damages = checkpoint.load()
        for damage in damages:
            events.data.checkpoint_damaged(damage)
        self._policy = policy or Policy.build(clock)
        self._excluded = Excluded()
        self._rounds = Rounds(
            self._policy.limits, limits.unfinished_after_seconds, limits.group_seconds, clock
        )
        self._saving = Saving(checkpoint, self._outbox, self._rescue, clock, self._state)
        self._rescue.save = self._saving.save
        self._estimate_at = clock.monotonic()
        self._open_journal = open_journal
        self._shown_state: tuple[int, ...] = ()
        self._sent_again = False
        self._take_up(state)
        left = self._outbox.load(state.next_batch, state.open_batches)
        if damages:
            # What an older checkpoint calls open may stand in slots that were used again since:
            # half of what was decided is worse than to read and decide it anew.
            left = []
        for outgoing in left:
            for part in outgoing.ranges:
                (self.journal if part.cursor else self.watch).adopt(part)
        self.watch.take_rescued()
        self.queue.load(left)
        if damages:
            self._saving.begin_anew()  # a second crash would see no damage, and believe the slots

    def _take_up(self, state: State) -> None:
        self._store = state.store
        self.ledger: Ledger = state.ledger
        self.lines_before = state.ledger.lines_read
        self.existing_before = state.ledger.existing
        held_bytes = self._limits.held_bytes
        self.watch = Watch(self._source, state, self._clock, self._rescue, held_bytes)
        self.watch.in_outbox = self._outbox.holds
        gaps = Gaps(state.ledger, self._clock)
        self.journal = Journal(state.journal, self._open_journal, gaps)
        self.queue = SendQueue(self._outbox, self.watch, self.journal, self._clock)
        self._delivered = Delivered(self.watch, self.journal)
        self._saving.take_up(self.watch, state)

    def meet(self, store: str) -> None:
        """
        Learn which store the batches go to, before the first of them.

        If it is another one than the checkpoint is about, nothing is stored there yet: every file
        is read from its beginning, and the books are begun anew.
        """
        if not self._store or self._store == store:
            self._store = store
            return
        events.delivery.store_changed()
        self.close()
        self._take_up(State(store=store))
        self.watch.take_rescued()
        self._saving.begin_anew()

    def look(self) -> None:
        """See which files there are now."""
        watch = self.watch
        watch.look(self._clock.monotonic())
        self._delivered.looked()
        self._delivered.advance()
        self._excluded.clear()
        if not self._policy.trivial:
            followed = (each.file for each in watch.followers.values())
            self._policy.describing.looked([*followed, *watch.waiting])
            self._apply_policy()
        self._show_books()
        if self._clock.monotonic() >= self._estimate_at:
            self._estimate_at = self._clock.monotonic() + CAPACITY_SECONDS
            self._estimate_capacity()
        self._saving.save_due_or_tell()

    def poll(self) -> None:
        """Between looks: see which files have grown or lost their names."""
        self.watch.poll(self._clock.monotonic())

    def collect(
        self, batch_bytes: int | None = None, *, close_at_once: bool = False
    ) -> Outgoing | None:
        """
        The next batch, durable in the outbox; None where there is nothing to send.

        `batch_bytes` is how much of the files it should hold, where that is less than its limit.
        `close_at_once` does not wait for the rest of unfinished lines. Raises OSError when the
        outbox can't be written; then nothing may be sent.
        """
        now = self._clock.monotonic()
        self._saving.save_due()
        # What is never taken must not fill the places of what would be: the two take turns.
        outgoing = None if self._sent_again else self.queue.due(now)
        self._sent_again = False  # also where nothing new can be written: what is held can be sent
        if outgoing is None and self._outbox.waiting_bytes < self._limits.outbox_bytes:
            self.watch.poll(now)
            room = min(batch_bytes or self._limits.batch_bytes, self._limits.batch_bytes)
            outgoing = self._read_batch(room, close_at_once=close_at_once)
        outgoing = outgoing or self.queue.due(now)
        self._sent_again = outgoing is not None and outgoing.rests > 0
        if outgoing is None:
            self._saving.save_changes()
        self._delivered.advance()
        return outgoing

    def body(self, outgoing: Outgoing) -> bytes:
        """What is sent. Raises OSError, and CorruptionError where it can't be had any more."""
        return self._outbox.body(outgoing)

    def settle(self, outgoing: Outgoing, answer: Answer) -> int:
        """Take in the answer to a batch; how many of its parts have to be sent again."""
        held = self.queue.settle(outgoing, answer, self.ledger)
        self._delivered.advance()
        return held

    def halves(self, outgoing: Outgoing) -> list[Outgoing]:
        """What is sent of a batch in two, for a collector that does not take it all at once."""
        middle = len(outgoing.places) // 2
        halves = (outgoing.places[:middle], outgoing.places[middle:])
        return [Outgoing(outgoing.kept, places) for places in halves]

    def read_again(self, outgoing: Outgoing) -> None:
        """The batch can't be had any more: what is not stored of it is read again."""
        self.queue.read_again(outgoing)

    def put_off(self, outgoing: Outgoing) -> None:
        """The batch was refused altogether: it rests, and its files with it."""
        self.queue.put_off(outgoing)

    def give_back(self, outgoing: Outgoing) -> None:
        """The batch is not on the way any more; it is the next to be sent."""
        self.queue.add(outgoing)

    def save(self) -> None:
        """Make positions and the ledger durable. Raises OSError."""
        self._saving.save()

    def close(self) -> None:
        self.watch.close()
        self.journal.close()

    @property
    def watermark(self) -> Watermark:
        return self._delivered.watermark

    @property
    def policy_name(self) -> str:
        """Of the policy that lines are judged by."""
        return self._policy.schema.name

    @property
    def store(self) -> str:
        """The identity of the store that the checkpoint is about; empty before one is met."""
        return self._store

    @property
    def held_because(self) -> str:
        return self.queue.held_because

    @property
    def idle(self) -> bool:
        """Every line of every file is stored, and of no file the next look must tell more."""
        watch = self.watch
        if not watch.looked_at or watch.in_flight or self.journal.ranges:
            return False
        return not any(map(self._busy, watch.followers.values()))

    def status(self) -> dict[str, Any]:
        """Where the agent stands; `balanced` where it is through and the books are in order."""
        pieces_open = self.watch.pieces_open
        books = self.ledger.balance(pieces_open) == 0
        return {
            "files": len(self.watch.followers),
            "lines_before": self.lines_before,
            "existing_before": self.existing_before,
            "held_because": self.held_because,
            "unread_bytes": self.watch.unread_bytes,
            "unfinished": self.watch.unfinished,
            "pieces_open": pieces_open,
            "unreadable": self.watch.unreadable,
            "balanced": books and self.idle and not self.watch.unreadable,
            **msgspec.to_builtins(self.ledger),
        }

    def statusz(self) -> dict[str, Any]:
        """Everything about where the agent stands, container by container."""
        return {
            **self.status(),
            "policy": self.policy_name,
            "delivered_up_to": format_rfc3339(self.watermark.time) if self.watermark.time else None,
            "outbox": {
                "batches": len(self._outbox.open_numbers),
                "bytes": self._outbox.waiting_bytes,
                "limit_bytes": self._limits.outbox_bytes,
            },
            "capacity_seconds": {
                name: seconds if isfinite(seconds) else None
                for name, seconds in self.capacity._asdict().items()
            },
            "rescue": {
                "bytes": self._rescue.size_bytes,
                "limit_bytes": self._rescue.limit_bytes,
                "held_bytes": self.watch.keeping.held_bytes,
                "held_limit_bytes": self._limits.held_bytes,
            },
            "containers": [_shown(balance) for balance in self.watch.balances()],
        }

    def _show_books(self) -> None:
        """Where something happened since they were shown last: most looks of a node see nothing."""
        watch, ledger = self.watch, self.ledger
        moved = (watch.unread_bytes, len(watch.followers), self._outbox.next_number)
        state = (*moved, ledger.lines_read, ledger.gap_count)
        if state != self._shown_state:
            self._shown_state = state
            BOOKS.show(watch.balances())

    def _apply_policy(self) -> None:
        """Learn what pods ask for, and how much waits."""
        policy, now = self._policy, self._clock.monotonic()
        policy.limits.keep(self.watch.containers)
        unread = []
        for key, followers in self.watch.containers.items():
            file = followers[-1].file
            wishes = policy.describing.wishes(file)
            policy.limits.follow(key, file.container.namespace, now, wishes.rate)
            if wishes.exclude:
                self._excluded.add(key, followers)
            if policy.limits.due_seconds(key, now) == 0:
                unread.append(sum(each.new_bytes for each in followers))
        behind = self.watermark.behind_seconds(self._clock.now())
        if policy.ladder.update(Backlog.measure(unread, behind, policy.kept_bytes)):
            events.lines.rungs_changed(policy.ladder.in_force)

    def _state(self) -> State:
        """What goes into the checkpoint, but for the batches."""
        state = self.watch.state()
        state.journal = self.journal.cursor
        state.store = self._store
        return state

    def _estimate_capacity(self) -> None:
        watch = self.watch
        held = max(0, self._limits.held_bytes - watch.keeping.held_bytes)
        self.capacity = self._capacity_gauge.update(
            watch.followers.values(),
            self._clock.monotonic(),
            held=held,
            rescue=self._rescue.room_bytes,
        )
        events.rescue.capacity_estimated(self.capacity._asdict())

    def _busy(self, follower: Follower) -> bool:
        waits = follower.waits(follower.size) or self.watch.keeping.missing(follower)
        # Nobody waits for what is under a path that can't be read.
        return waits and not self.watch.hidden(follower.file.path)

    def _read_batch(self, room: int, *, close_at_once: bool) -> Outgoing | None:
        packed = self._rounds.read(
            self.watch.containers, room, self._read, close_at_once=close_at_once
        )
        if (entries := self.journal.read()) is not None:
            packed.append(pack_reading(entries, self._policy))
        if not packed:
            return None
        ranges = [each.reading.range for each in packed]
        batch = build_batch(packed, self._agent, self._limits.deadline_seconds, self.policy_name)
        try:
            self._saving.save_first(ranges)
            return self._outbox.put(ranges, encode_batch(batch))
        except OSError:
            for each in reversed(packed):
                each.reading.follower.unread(each.reading)
            raise

    def _read(self, follower: Follower, most_bytes: int, ending: Ending) -> Packed | None:
        if self._excluded.passes_over(follower):
            return None
        try:
            reading = follower.read(
                close=ending.open_lines, end_groups=ending.groups, most_bytes=most_bytes
            )
            return None if reading is None else pack_reading(reading, self._policy)
        except FileChangedError:
            follower.close()
            self.watch.forget_name(follower.file.path)
        except FileNotFoundError:
            pass  # renamed since the last look, or gone: the next look tells
        except OSError as error:
            follower.close_named()
            self.watch.failed(follower.file.path, error)
        return None


def _shown(balance: Balance) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(balance.account),
        "in_flight_bytes": balance.in_flight_bytes,
        "in_flight_records": balance.in_flight_records,
        "unread_bytes": balance.unread_bytes,
        "open_pieces": balance.open_pieces,
    }
