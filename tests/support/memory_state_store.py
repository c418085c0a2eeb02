"""A StateStore that keeps its values in a dictionary: the plain meaning of the protocol."""

from __future__ import annotations

from itertools import count

from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import SECOND
from clew.store.protocols import State

Values = dict[str, tuple[State, int | None]]
_versions = count(1)


class MemoryStateStore:
    """Two of them over the same `values` are one store that was opened twice."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK, values: Values | None = None) -> None:
        self._clock = clock
        self._values: Values = {} if values is None else values

    async def get(self, key: str) -> State | None:
        state, expires = self._values.get(key, (None, None))
        return state if expires is None or self._clock.now() < expires else None

    async def put_if(
        self, key: str, value: bytes, *, version: str | None, lifetime_seconds: float | None = None
    ) -> State | None:
        current = await self.get(key)
        if (None if current is None else current.version) != version:
            return None
        state = State(value, str(next(_versions)))
        lifetime = None if lifetime_seconds is None else round(lifetime_seconds * SECOND)
        self._values[key] = (state, None if lifetime is None else self._clock.now() + lifetime)
        return state

    async def keys(self, prefix: str) -> list[str]:
        return [
            key for key in sorted(self._values) if key.startswith(prefix) and await self.get(key)
        ]

    async def close(self) -> None:
        pass
