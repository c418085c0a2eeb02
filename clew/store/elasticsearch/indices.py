"""
What the indices of one installation are called.

    <prefix>-logs-2023.01.29          a day of logs
    <prefix>-quarantine-2023.01.29    a day of quarantined lines
    <prefix>-state                    the StateStore

The day, in UTC, is that of `Document.time`. It stands in the followed file, so a replay comes to
the index that has its earlier copy, however late it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from clew.schema.document import Collection
from clew.schema.timestamps import SECOND, format_rfc3339, parse_rfc3339

_DAY = 86_400 * SECOND


class Indices:
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.state = f"{prefix}-state"
        self._of_day = lru_cache(maxsize=64)(self._name)

    def of(self, collection: Collection, time: int) -> str:
        """The index of what the runtime wrote at `time` (Unix nanoseconds)."""
        return self._of_day(collection, time // _DAY)

    def pattern(self, collections: Iterable[Collection]) -> str:
        """All days of these collections, as a request names them."""
        return ",".join(f"{self.prefix}-{collection}-*" for collection in collections)

    def collection_of(self, index: str) -> Collection:
        return Collection(index.removeprefix(f"{self.prefix}-").partition("-")[0])

    def is_before(self, index: str, time: int) -> bool:
        """Whether all of an index is older than `time`; never, where its name has no day."""
        day = index.rpartition("-")[2].replace(".", "-")
        try:
            return parse_rfc3339(f"{day}T00:00:00Z") + _DAY <= time
        except ValueError:
            return False

    def _name(self, collection: Collection, day: int) -> str:
        date = format_rfc3339(day * _DAY)[:10].replace("-", ".")
        return f"{self.prefix}-{collection}-{date}"
