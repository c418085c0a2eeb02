"""Which store is meant when collectors do not agree."""

from __future__ import annotations

from agent.delivery.stores import Stores


def test_the_first_that_answers_decides_where_nothing_is_known():
    stores: Stores[str] = Stores()
    assert stores.hear("a", "one")
    assert stores.meant == "one"
    assert not stores.hear("b", "two")


def test_what_the_checkpoint_is_about_decides_where_it_is_known():
    stores: Stores[str] = Stores()
    stores.mean("one")
    assert not stores.hear("a", "two")
    assert stores.hear("b", "one")
    assert stores.meant == "one"


def test_a_move_is_what_all_say():
    stores: Stores[str] = Stores()
    for name in "abc":
        stores.hear(name, "one")
    stores.hear("a", "two")
    assert not stores.move("abc")
    stores.hear("b", "two")
    assert not stores.move("abc")
    stores.hear("c", "two")
    assert stores.move("abc")
    assert stores.meant == "two"


def test_one_that_has_not_said_anything_keeps_from_moving():
    """It may be the only one that is right."""
    stores: Stores[str] = Stores()
    stores.mean("one")
    stores.hear("a", "two")
    assert not stores.move("ab")
    stores.hear("b", "three")
    assert not stores.move("ab")


def test_those_that_are_gone_have_no_say():
    stores: Stores[str] = Stores()
    stores.hear("a", "one")
    stores.hear("b", "two")
    stores.keep("b")
    assert stores.said_by("a") == ""
    assert stores.move("b")
