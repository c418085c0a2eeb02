"""
The names of collectors into endpoints, looked up again as long as an agent runs.

Every half minute or so, and at once after a collector did not answer: then its address may belong
to nobody any more. A lookup that fails, or finds nothing, changes nothing: a name server that is
away takes no collector away. Nobody waits for a lookup who has addresses, and a name that hangs
holds up no other.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Sequence

from agent import events
from agent.delivery.endpoints import Endpoint
from agent.delivery.lookup import Lookup
from clew.runtime.addresses import Origin
from clew.runtime.backoff import Backoff
from clew.runtime.clock import Clock
from clew.runtime.tasks import Shared

AGAIN_SECONDS = 30.0
"""What cluster DNS lets an answer live for (CoreDNS' default in Kubernetes)."""
AT_ONCE_SECONDS = 1.0
"""A collector that refuses every connection does not make us ask more often than this."""
FIRST_SECONDS = 5.0
"""How long a name is waited for at most while no address is known at all."""


class Resolving:
    """Close it when nobody sends any more."""

    def __init__(self, origins: Sequence[Origin], lookup: Lookup, clock: Clock) -> None:
        self._names = [_Name(origin, lookup, clock) for origin in origins]

    def endpoints(self) -> list[Endpoint]:
        """All that are known, each once."""
        found = (Endpoint(name.origin, each) for name in self._names for each in name.addresses)
        return list(dict.fromkeys(found))

    async def refresh(self) -> None:
        """Begin what lookups are due; waits for one only where no address is known at all."""
        for name in self._names:
            if name.due:
                await name.wait(0.0)
        for name in self._names:
            if not any(each.addresses for each in self._names):
                await name.wait(FIRST_SECONDS)

    @property
    def changes(self) -> int:
        """How often the addresses were others than before: a cheap question, for every batch."""
        return sum(name.changes for name in self._names)

    def hurry(self, origin: Origin) -> None:
        """One of its addresses does not answer."""
        for name in self._names:
            if name.origin == origin:
                name.hurry()

    @property
    def problem(self) -> str:
        """Why there are no addresses."""
        return "; ".join(name.problem for name in self._names if name.problem) or "not known yet"

    async def close(self) -> None:
        for name in self._names:
            await name.close()


class _Name:
    """One origin. An address that stands in a URL as it is, is never looked up."""

    def __init__(self, origin: Origin, lookup: Lookup, clock: Clock) -> None:
        self.origin = origin
        self.addresses: list[str] = [origin.host] if _is_address(origin.host) else []
        self.changes = len(self.addresses)
        self.problem = ""
        self._lookup, self._clock = lookup, clock
        self._asked_at = float("-inf")
        self._due_at = float("inf") if self.addresses else float("-inf")
        self._asking = Shared(self._ask)
        self._backoff = Backoff(AT_ONCE_SECONDS, AGAIN_SECONDS)

    @property
    def due(self) -> bool:
        return not self._asking.running and self._clock.monotonic() >= self._due_at

    async def wait(self, seconds: float) -> None:
        """For a lookup, which is begun if it is due."""
        if self._asking.running or self.due:
            await self._asking.wait(seconds)

    def hurry(self) -> None:
        if self._asked_at > float("-inf"):
            self._due_at = min(self._due_at, self._asked_at + AT_ONCE_SECONDS)

    async def close(self) -> None:
        await self._asking.close()

    async def _ask(self) -> None:
        self._asked_at = self._clock.monotonic()
        host = self.origin.host
        try:
            found = await self._lookup(host, self.origin.port)
        except (OSError, UnicodeError) as error:
            self.problem = f"{host} can't be looked up: {error}"
        else:
            self.problem = "" if found else f"{host} has no address"
            self._take(found)
        if self.problem:
            events.delivery.lookup_failed(host, self.problem)
            self._due_at = self._clock.monotonic() + self._backoff.next()
            return
        events.delivery.looked_up(host)
        self._backoff.reset()
        # With jitter: the agents of a cluster start together, and would go on asking together.
        seconds = AGAIN_SECONDS * random.uniform(0.5, 1.0)  # noqa: S311
        self._due_at = self._clock.monotonic() + seconds

    def _take(self, found: list[str]) -> None:
        # Answers come in any order, and it means nothing.
        found = sorted(found)
        if found and found != self.addresses:
            self.addresses = found
            self.changes += 1


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
