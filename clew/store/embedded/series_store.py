"""
The SeriesStore inside the process: `series.sqlite` beside the embedded LogStore.

A write is one transaction: a crash or a full disk leaves all of it or nothing, and nothing is
acknowledged before it is on the disk. What was acknowledged is seen by the next read of any
process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from io import UnsupportedOperation
from pathlib import Path

from clew.runtime.clock import Deadline
from clew.runtime.errors import TransientError
from clew.schema.sample import Labels, Scrape
from clew.store.embedded import series_tables
from clew.store.embedded.database import Database
from clew.store.embedded.directory import Directory
from clew.store.protocols import Outcome, Result, Selection, Series


class EmbeddedSeriesStore:
    def __init__(self, file: Path, *, writable: bool) -> None:
        # A connection and thread each: a selection of weeks keeps no scrape waiting.
        database = partial(
            Database,
            file,
            series_tables.CREATE,
            "the samples",
            page_bytes=series_tables.PAGE_BYTES,
        )
        self._writer = database(writable=True) if writable else None
        self._reader = database(writable=False)

    @classmethod
    async def open(cls, directory: Path, *, writable: bool) -> EmbeddedSeriesStore:
        """
        Open the samples beside an embedded LogStore.

        A reader of a directory without them finds nothing until a writer has been there. Raises
        ClewError for a directory that another version of clew has made.
        """
        place = Directory(directory)
        await asyncio.to_thread(place.create if writable else place.check)
        return cls(place.series, writable=writable)

    async def write(self, scrapes: Sequence[Scrape], deadline: Deadline) -> list[Result]:
        if not scrapes:
            return []
        change = partial(series_tables.write, scrapes=scrapes)
        try:
            return await self._writing().run(change, [], deadline)
        except (TransientError, TimeoutError) as error:
            return [Result(Outcome.HELD, str(error))] * len(scrapes)

    async def select(self, selection: Selection) -> list[Series]:
        question = partial(series_tables.select, selection=selection)
        return await self._reader.run(question, [], selection.deadline)

    async def targets(self, selection: Selection) -> list[Labels]:
        question = partial(series_tables.targets, selection=selection)
        return await self._reader.run(question, [], selection.deadline)

    async def delete_before(self, time: int) -> int:
        """Delete what was scraped before, to the nanosecond; TransientError if it can't be now."""
        return await self._writing().run(partial(series_tables.delete_before, time=time), 0)

    async def close(self) -> None:
        try:
            await self._reader.close()
        finally:
            if self._writer is not None:
                await self._writer.close()

    def _writing(self) -> Database:
        if self._writer is None:
            raise UnsupportedOperation("this store was opened for reading")
        return self._writer
