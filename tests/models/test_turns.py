"""
Fair turns against a model of containers: their files grow, their lines are of any length, batches
are of any size, and some are held back for a while.
"""

from __future__ import annotations

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.shedding.turns import Turns

QUANTUM = 1000
LONGEST = 2500


class File:
    """Lines that wait to be read; `endless` makes new ones."""

    def __init__(self, lengths: list[int], *, endless: bool) -> None:
        self._lengths, self._endless = deque(lengths), endless
        self.total = 0

    @property
    def waits(self) -> bool:
        return bool(self._lengths)

    def read(self, most_bytes: int) -> int:
        """Whole lines up to so many bytes, or one that is longer."""
        taken = 0
        while self._lengths and (not taken or taken + self._lengths[0] <= most_bytes):
            taken += self._lengths[0]
            self._lengths.rotate(-1) if self._endless else self._lengths.popleft()
            if taken >= most_bytes:
                break
        self.total += taken
        return taken


LENGTHS = st.lists(st.integers(1, LONGEST), min_size=1, max_size=12)
BATCHES = st.lists(st.integers(1, 20_000), min_size=1, max_size=60)


def send(turns: Turns[int], files: dict[int, File], room: int) -> None:
    while (turn := turns.next(room)) is not None:
        size = files[turn.key].read(turn.most_bytes)
        turns.took(turn, size, more=files[turn.key].waits)
        room -= size


@settings(max_examples=300, deadline=None)
@given(st.lists(LENGTHS, min_size=2, max_size=8), BATCHES)
def test_containers_with_a_backlog_get_equal_shares(lengths: list[list[int]], batches: list[int]):
    """To within a quantum and a line each, however different their lines are."""
    files = {key: File(each, endless=True) for key, each in enumerate(lengths)}
    turns: Turns[int] = Turns(QUANTUM)
    for key in files:
        turns.wake(key)
    for room in batches:
        send(turns, files, room)
        totals = [file.total for file in files.values()]
        assert max(totals) - min(totals) <= QUANTUM + 2 * LONGEST


@settings(max_examples=300, deadline=None)
@given(
    st.lists(LENGTHS, min_size=1, max_size=6),
    BATCHES,
    st.lists(st.integers(1, 400), min_size=1, max_size=3),
    st.data(),
)
def test_a_noisy_container_delays_one_that_wakes_by_one_turn_of_each_other(
    noisy: list[list[int]], batches: list[int], quiet: list[int], data: st.DataObject
):
    """So much is read before a few short lines of another, and no more, at any moment."""
    files = {key: File(each, endless=True) for key, each in enumerate(noisy)}
    turns: Turns[int] = Turns(QUANTUM)
    for key in files:
        turns.wake(key)
    wake_at = data.draw(st.integers(0, len(batches) - 1))
    for room in batches[:wake_at]:
        send(turns, files, room)
    before = sum(file.total for file in files.values())
    files[-1] = File(quiet, endless=False)
    turns.wake(-1)
    while files[-1].total < sum(quiet):
        turn = turns.next(10**9)
        assert turn is not None
        size = files[turn.key].read(min(turn.most_bytes, QUANTUM + LONGEST))
        turns.took(turn, size, more=files[turn.key].waits)
    meanwhile = sum(file.total for file in files.values()) - before - sum(quiet)
    assert meanwhile <= len(noisy) * (2 * QUANTUM + LONGEST) * -(-sum(quiet) // QUANTUM)


@settings(max_examples=200, deadline=None)
@given(st.lists(LENGTHS, min_size=1, max_size=8), BATCHES)
def test_everything_that_waits_is_read_in_the_end(lengths: list[list[int]], batches: list[int]):
    """Nobody starves, and nobody is asked who has nothing."""
    files = {key: File(each, endless=False) for key, each in enumerate(lengths)}
    turns: Turns[int] = Turns(QUANTUM)
    for key in files:
        turns.wake(key)
    for room in [*batches, sum(map(sum, lengths))]:
        send(turns, files, room)
    assert [file.total for file in files.values()] == [sum(each) for each in lengths]
    assert len(turns) == 0


def test_a_gigabyte_of_one_delays_hundreds_of_others_by_one_turn() -> None:
    """The others are all read before the noisy one has its second turn."""
    quantum = 256 * 1024
    turns: Turns[int] = Turns(quantum)
    noisy = File([400] * 1000, endless=True)
    quiet = {key: File([400] * 10, endless=False) for key in range(1, 1000)}
    files = {0: noisy, **quiet}
    for key in files:
        turns.wake(key)
    turn = turns.next(10**9)
    assert turn is not None
    turns.took(turn, noisy.read(turn.most_bytes), more=True)
    while not all(file.total for file in quiet.values()):
        turn = turns.next(10**9)
        assert turn is not None
        assert turn.key != 0
        turns.took(turn, files[turn.key].read(turn.most_bytes), more=files[turn.key].waits)
    assert len(turns) == 1
