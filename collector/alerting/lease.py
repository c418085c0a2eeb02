"""
Of several collectors one evaluates the rules: the one that holds the lease.

The lease is a value of the StateStore that expires unless its holder renews it. It keeps work from
being done twice; that nothing is *recorded* twice does not rest on it, but on each record's version
(a holder that was asleep while its lease ran out finds the record changed, and lets go).
"""

from __future__ import annotations

import msgspec

from clew.runtime.clock import Clock
from clew.schema.timestamps import SECOND
from clew.store.protocols import State, StateStore

KEY = "alerting/lease"
LIFETIME_SECONDS = 15.0
"""A killed holder is missed after so long; an alert outlives a pause of four minutes."""

_LIFETIME = round(LIFETIME_SECONDS * SECOND)


class Held(msgspec.Struct):
    """
    Who has the lease, for the how-manyth time it changed hands, and until when.

    `expires` is in Unix nanoseconds, by the clock of its holder: those of collectors have to agree
    within seconds, or two of them evaluate for a while, of which one finds the records changed.
    """

    holder: str
    epoch: int
    expires: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Held).decode


class Lease:
    """The lease as one collector sees it. Raises what the StateStore raises."""

    def __init__(self, state: StateStore, holder: str, clock: Clock) -> None:
        self._state, self._holder, self._clock = state, holder, clock
        self._own: State | None = None
        self._renewed_at = float("-inf")
        self.epoch = 0
        self.lost = True
        """Whether it is not ours, as far as we know. It is not lost by running out in our hands
        while the store does not answer: then nobody else can have taken it."""

    @property
    def held(self) -> bool:
        """Whether it is ours, by our own clock."""
        return self._own is not None and self._age() < LIFETIME_SECONDS

    async def keep(self) -> bool:
        """Take it if nobody has it, renew it where it is time to; whether it is ours."""
        if self.held and self._age() < LIFETIME_SECONDS / 3:
            return True
        known = await self._state.get(KEY)
        before = _read(known)
        left = before.expires - self._clock.now()
        # Beyond any lifetime it was given by a clock that went wrong, and would never run out.
        if before.holder != self._holder and 0 < left <= 2 * _LIFETIME:
            self._own, self.lost = None, True
            return False
        epoch = before.epoch if self.held else before.epoch + 1
        # From before we ask: who waits for it to expire may count from later, never from earlier.
        began = self._clock.monotonic()
        self._own = await self._put(known, epoch, self._clock.now() + _LIFETIME)
        self.lost = self._own is None
        if self._own is not None:
            self._renewed_at, self.epoch = began, epoch
        return self.held

    async def release(self) -> None:
        """Let the next one have it at once."""
        own, self._own, self.lost = self._own, None, True
        if own is not None:
            await self._put(own, self.epoch, 0)

    async def _put(self, known: State | None, epoch: int, expires: int) -> State | None:
        value = _encode(Held(self._holder, epoch, expires))
        return await self._state.put_if(
            KEY, value, version=None if known is None else known.version
        )

    def _age(self) -> float:
        return self._clock.monotonic() - self._renewed_at


def _read(known: State | None) -> Held:
    """What the lease says; nobody has one that is not there, or that another version wrote."""
    try:
        return Held("", 0, 0) if known is None else _decode(known.value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Held("", 0, 0)
