from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clew.schema.labels import (
    ALL_CHARACTERS,
    KEY_CHARACTERS,
    LABELS,
    VALUE_CHARACTERS,
    bounded_labels,
)

PAIRS = st.lists(st.tuples(st.text(max_size=400), st.text(max_size=1200)), max_size=80)


def test_labels_within_the_bounds_are_sorted_by_key():
    assert bounded_labels([("b", "2"), ("a", "")]) == (("a", ""), ("b", "2"))


def test_a_label_that_no_store_takes_is_left_out():
    odd = [("", "x"), ("nul\0", "x"), ("a", "nul\0"), ("half", "\ud800"), ("k" * 318, "x")]
    assert bounded_labels([*odd, ("b", "2"), ("c", "x" * 1025)]) == (("b", "2"),)


@given(PAIRS)
def test_whatever_is_sent_stays_within_the_bounds(pairs: list[tuple[str, str]]):
    """What is kept was there; and what was bounded once stays as it is."""
    kept = bounded_labels(pairs)
    assert set(kept) <= set(pairs)
    assert len(kept) <= LABELS
    assert sum(len(key) + len(value) for key, value in kept) <= ALL_CHARACTERS
    assert all(0 < len(key) <= KEY_CHARACTERS for key, _ in kept)
    assert all(len(value) <= VALUE_CHARACTERS for _, value in kept)
    assert bounded_labels(kept) == kept
