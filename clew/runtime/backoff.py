"""How long to wait before trying again."""

from __future__ import annotations

import random


class Backoff:
    """
    Exponential, with full jitter: any moment between nothing and the present ceiling.

    Full jitter keeps thousands of agents from coming back together after an outage.
    """

    def __init__(self, first_seconds: float = 0.2, most_seconds: float = 30.0) -> None:
        self._first, self._most = first_seconds, most_seconds
        self._ceiling = first_seconds

    def next(self, at_least_seconds: float | None = None) -> float:
        """Seconds to wait now; `at_least_seconds` is what the other side asked for."""
        seconds = random.uniform(0, self._ceiling)  # noqa: S311 - jitter is no secret
        self._ceiling = min(self._most, self._ceiling * 2)
        return max(seconds, at_least_seconds or 0.0)

    def reset(self) -> None:
        self._ceiling = self._first
