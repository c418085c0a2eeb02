from __future__ import annotations

from itertools import islice

from clew.demo.load import purchases
from clew.demo.messages import DECLINED_ENDING, Purchase


def first(count: int, seed: int) -> list[Purchase]:
    return list(islice(purchases(seed), count))


def test_a_seed_repeats_itself():
    """The same seed gives the same purchases, another one others."""
    assert first(50, seed=1) == first(50, seed=1)
    assert first(50, seed=1) != first(50, seed=2)


def test_one_card_in_twelve_is_declined():
    """Whatever the seed, and the first of them among the first orders of a run."""
    for seed in range(5):
        bought = enumerate(first(36, seed))
        declined = [n for n, purchase in bought if purchase.card.endswith(DECLINED_ENDING)]
        assert declined == [3, 15, 27]
