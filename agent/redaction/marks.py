"""Which characters of a text are spoken for: by an ID, a token, or a secret found before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class Marks:
    """
    One byte for each character: however many marks there are, what is free of them is found in the
    time that reading takes.
    """

    def __init__(self, length: int, taken: Iterable[tuple[int, int]]) -> None:
        self._taken = bytearray(length)
        for start, end in taken:
            self.take(start, end)

    def take(self, start: int, end: int) -> None:
        self._taken[start:end] = b"\x01" * (end - start)

    def free(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The free parts between two places, in order."""
        begin = self._taken.find(0, start, end)
        while begin >= 0:
            stop = self._taken.find(1, begin, end)
            stop = end if stop < 0 else stop
            yield begin, stop
            begin = self._taken.find(0, stop, end)
