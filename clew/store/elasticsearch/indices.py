"""
What the indices of one installation are called.

    <prefix>-logs-2023.01.29          a day of logs
    <prefix>-quarantine-2023.01.29    a day of quarantined lines
    <prefix>-metrics-2023.01.29       a day of scrapes
    <prefix>-state                    the StateStore

The day, in UTC, is that of `Document.time`. It stands in the followed file, so a replay comes to
the index that has its earlier copy, however late it is. A scrape brings its own time.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from clew.schema.document import Collection
from clew.schema.timestamps import SECOND, format_rfc3339, parse_rfc3339

_DAY = 86_400 * SECOND
_METRICS = "metrics"

_NAMED_DAYS = 31
"""Days that a request names one by one: Elasticsearch takes an address of 4,096 bytes."""


class Indices:
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.state = f"{prefix}-state"
        self._of_day = lru_cache(maxsize=64)(self._name)

    def of(self, collection: Collection, time: int) -> str:
        """The index of what the runtime wrote at `time` (Unix nanoseconds)."""
        return self._of_day(collection, time // _DAY)

    def of_scrape(self, time: int) -> str:
        """The index of what a target said at `time` (Unix nanoseconds)."""
        return self._of_day(_METRICS, time // _DAY)

    def pattern_of_scrapes(self) -> str:
        """All days of scrapes."""
        return f"{self.prefix}-{_METRICS}-*"

    def of_scrapes(self, since: int, until: int) -> str:
        """The days of scrapes of a time, both ends inclusive, as a request names them."""
        days = range(since // _DAY, until // _DAY + 1)
        if len(days) > _NAMED_DAYS:
            return self.pattern_of_scrapes()
        return ",".join(self._of_day(_METRICS, day) for day in days)

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

    def _name(self, kind: str, day: int) -> str:
        date = format_rfc3339(day * _DAY)[:10].replace("-", ".")
        return f"{self.prefix}-{kind}-{date}"
