"""Deficit round robin: turns of equal size, whatever the files are like."""

from __future__ import annotations

from agent.shedding.turns import Turn, Turns

Q = 100


def read(turns: Turns[str], room: int, sizes: dict[str, int]) -> list[tuple[str, int]]:
    """A batch from files that hold so much; who read how much, in order."""
    taken = []
    while (turn := turns.next(room)) is not None:
        size = min(turn.most_bytes, sizes[turn.key])
        sizes[turn.key] -= size
        turns.took(turn, size, more=sizes[turn.key] > 0)
        taken.append((turn.key, size))
        room -= size
    return taken


def awake(*keys: str) -> Turns[str]:
    turns: Turns[str] = Turns(Q)
    for key in keys:
        turns.wake(key)
    return turns


def test_containers_take_turns_of_one_quantum():
    assert read(awake("a", "b"), 400, {"a": 1000, "b": 1000}) == [("a", Q), ("b", Q)] * 2


def test_where_nobody_has_anything_there_is_no_turn():
    assert awake().next(1000) is None
    assert awake("a").next(0) is None


def test_one_with_little_gives_its_turn_on_and_keeps_nothing_for_later():
    turns = awake("a", "b")
    sizes = {"a": 10, "b": 1000}
    assert read(turns, 300, sizes) == [("a", 10), ("b", Q), ("b", Q), ("b", 90)]
    turns.wake("a")
    sizes["a"] = 1000
    assert read(turns, 10 + 2 * Q, sizes) == [("b", 10), ("a", Q), ("b", Q)]


def test_a_turn_that_the_batch_was_too_small_for_goes_on_in_the_next():
    turns, sizes = awake("a", "b"), {"a": 1000, "b": 1000}
    assert read(turns, 60, sizes) == [("a", 60)]
    assert read(turns, 100, sizes) == [("a", 40), ("b", 60)]
    assert read(turns, 100, sizes) == [("b", 40), ("a", 60)]


def test_a_line_longer_than_a_turn_is_owed():
    """The others have as many turns as it took at once."""
    turns, sizes = awake("long", "b"), {"b": 10_000}
    turn = turns.next(10_000)
    assert turn == Turn("long", Q)
    turns.took(turn, 3 * Q, more=True)
    assert read_until(turns, sizes, "long") == ["b"] * 3


def test_where_everybody_owes_the_one_that_owes_least_is_next():
    """Nobody goes through a million empty rounds for it."""
    turns = awake("a", "b")
    for size in (Q * 10**9, Q * 10**8):
        turn = turns.next(Q)
        assert turn is not None
        turns.took(turn, size, more=True)
    assert turns.next(Q) == Turn("b", Q)


def test_one_that_read_nothing_has_to_be_woken():
    """It is held to its rate, or waits for the end of a line; the others go on."""
    turns = awake("a", "b")
    turn = turns.next(1000)
    assert turn is not None
    turns.took(turn, 0, more=True)
    assert len(turns) == 1
    assert read_until(turns, {"b": 10_000}, "a", most=3) == ["b"] * 3
    turns.wake("a")
    turns.wake("a")
    assert len(turns) == 2


def test_what_is_left_of_a_turn_counts_the_next_time_up_to_a_quantum():
    """A line of 70 fits once into 100, and then twice into the 130 that are left for it."""
    turns = awake("a")
    for credit in (100, 130, 160, 190):
        turn = turns.next(10_000)
        assert turn == Turn("a", credit)
        turns.took(turn, 70, more=True)
    turn = turns.next(10_000)
    assert turn == Turn("a", 200)


def read_until(turns: Turns[str], sizes: dict[str, int], key: str, most: int = 100) -> list[str]:
    """Who has a turn of one quantum each before `key` has."""
    order: list[str] = []
    while len(order) < most:
        turn = turns.next(10**9)
        if turn is None or turn.key == key:
            break
        sizes[turn.key] -= turn.most_bytes
        turns.took(turn, turn.most_bytes, more=True)
        order.append(turn.key)
    return order
