"""
Scrapes on their way through the spool: from whoever samples to whoever ships.

The one thread that samples are made in is also the one that the spool lives in, so a slow disk
holds neither the followed files nor the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

import msgspec

from agent import events
from agent.metrics.failures import ScrapeLoss
from agent.spool.position import Place
from agent.spool.spool import Entry, FrameTooLargeError, Spool, SpoolLoss
from clew.runtime.errors import ClewError
from clew.schema.sample import Scrape

SCRAPE = 1
"""The kind of a frame that holds a scrape, as msgpack. Kinds are never used again for others."""

P = ParamSpec("P")
T = TypeVar("T")

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Scrape).decode


class Waiting(NamedTuple):
    """A scrape in the spool, and the place behind it."""

    scrape: Scrape
    place: Place


class ScrapeQueue:
    def __init__(self, folder: Path, limit_bytes: int, thread: ThreadPoolExecutor) -> None:
        """Raises ClewError where the folder can't be read."""
        self._thread = thread
        self.filled = asyncio.Event()
        """Set when a scrape has arrived; whoever waits for it clears it."""
        try:
            self._spool = Spool(folder, limit_bytes, _lost)
        except OSError as error:
            raise ClewError(f"can't read the spool: {error}") from error
        if self._spool.position_damage is not None:
            events.samples.spool_position_damaged(self._spool.position_damage)

    async def put(self, scrape: Scrape) -> None:
        """Make a scrape durable. Where that can't be done it is lost, and counted."""
        if await self.in_thread(self._append, _encode(scrape)):
            self.filled.set()

    async def oldest(self, limit_bytes: int) -> list[Waiting]:
        """The oldest scrapes, the same again until they are acknowledged."""
        return await self.in_thread(self._read, limit_bytes)

    async def acknowledge(self, place: Place) -> None:
        await self.in_thread(self._acknowledge, place)

    async def in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what takes time where the spool lives, one after the other."""
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def close(self) -> None:
        self._spool.close()

    def _append(self, payload: bytes) -> bool:
        try:
            self._spool.append(SCRAPE, payload)
        except FrameTooLargeError:
            events.samples.scrapes_lost(ScrapeLoss.TOO_LARGE, 1)
            return False
        except OSError as error:
            events.samples.scrapes_lost(ScrapeLoss.DISK, 1)
            events.samples.spool_failed(error)
            return False
        events.samples.spool_changed(self._spool.waiting_bytes)
        return True

    def _read(self, limit_bytes: int) -> list[Waiting]:
        """The oldest scrapes; what is none, and comes before them, is done with."""
        waiting: list[Waiting] = []
        try:
            for entry in self._spool.read(limit_bytes):
                scrape = _scrape(entry)
                if scrape is not None:
                    waiting.append(Waiting(scrape, entry.place))
                elif waiting:
                    break
                else:
                    # Written by another version of clew: nobody here can send it.
                    events.samples.scrapes_lost(ScrapeLoss.UNREADABLE, 1)
                    self._spool.acknowledge(entry.place)
        except OSError as error:
            events.samples.spool_failed(error)
        return waiting

    def _acknowledge(self, place: Place) -> None:
        try:
            self._spool.acknowledge(place)
        except OSError as error:
            events.samples.spool_failed(error)
        events.samples.spool_changed(self._spool.waiting_bytes)


def _scrape(entry: Entry) -> Scrape | None:
    try:
        return _decode(entry.payload) if entry.kind == SCRAPE else None
    except msgspec.MsgspecError:
        return None


_LOSSES = {SpoolLoss.FULL: ScrapeLoss.FULL, SpoolLoss.DAMAGED: ScrapeLoss.DAMAGED}


def _lost(loss: SpoolLoss, frames: int, size_bytes: int) -> None:
    events.samples.scrapes_lost(_LOSSES[loss], frames)
    events.samples.spool_lost(loss, size_bytes)
