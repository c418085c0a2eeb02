from __future__ import annotations

from agent.shedding.seen_errors import SeenErrors


def test_the_least_recently_used_goes_first():
    """What is asked for is of use, and stays longer."""
    seen = SeenErrors(2)
    seen.add(["a", "b"])
    assert seen.has("a")
    seen.add(["c"])
    assert [seen.has(each) for each in "abc"] == [True, False, True]
    assert len(seen) == 2


def test_an_empty_text_is_no_id():
    seen = SeenErrors(2)
    seen.add(["", ""])
    assert not seen.has("")
    assert len(seen) == 0


def test_what_is_added_again_stays_longer():
    seen = SeenErrors(2)
    seen.add(["a", "b", "a", "c"])
    assert [seen.has(each) for each in "abc"] == [True, False, True]
