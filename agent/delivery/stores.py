"""
Which store is meant, and which collector keeps which.

What is acknowledged is acknowledged as to one store, and so is the checkpoint. A collector that
keeps another store would take batches all the same, and half of the lines would be here and half of
them there. So it is not used, until every collector there is says that it keeps that other store:
then it is no mistake any more, but a move.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Stores(Generic[T]):
    def __init__(self) -> None:
        self._said: dict[T, str] = {}
        self.meant = ""
        """The identity of the store that batches go to; empty before the first was met."""

    def mean(self, store: str) -> None:
        """The checkpoint is about this one, whoever answers first."""
        self.meant = self.meant or store

    def hear(self, collector: T, store: str) -> bool:
        """What a collector said; whether it will do as things stand."""
        self._said[collector] = store
        self.meant = self.meant or store
        return store == self.meant

    def said_by(self, collector: T) -> str:
        """Empty where it has not said anything yet."""
        return self._said.get(collector, "")

    def keep(self, collectors: Iterable[T]) -> None:
        """Forget all others: they are gone."""
        self._said = {each: self._said[each] for each in collectors if each in self._said}

    def move(self, collectors: Iterable[T]) -> bool:
        """Whether all these keep one other store; it is the one that is meant from now on."""
        stores = {self.said_by(each) for each in collectors}
        if len(stores) != 1 or stores & {"", self.meant}:
            return False
        self.meant = stores.pop()
        return True
