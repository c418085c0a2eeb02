from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.identifiers import is_id, span_like, surely_ids


@pytest.mark.parametrize("value", ["7", "order-1", "0a", "nullable", "4bf92f3577b34da6"])
def test_id(value: str):
    """A text that names something is an ID."""
    assert is_id(value)


NO_IDS = ["", " ", "-", "0", "0000", "00000000-0000-0000-0000-000000000000", "N/A", "null", "NULL"]
NO_IDS += ["none", "undefined", "Ignored_Trace"]


@pytest.mark.parametrize("value", [*NO_IDS, None, 7, ["7"]])
def test_no_id(value: object):
    """A placeholder, all zeros, or anything but a text is no ID."""
    assert not is_id(value)


def test_span_like():
    """A span's ID is 16 hexadecimal digits, no more and no less."""
    assert span_like("00f067aa0ba902B7")
    assert not span_like("4bf92f3577b34da6a3ce929d0e0e4736")
    assert not span_like("order-0123456789")


NEAR = st.sampled_from(
    [*NO_IDS, "A-7", "a\nb", "\n", "00f067aa0ba902b7", "order_1", "é", "x y", "0:1"]
)


@given(st.lists(NEAR | st.text("0-aA\n._:", max_size=17), max_size=6))
def test_many_at_once(texts: list[str]):
    """What is said of many is true of each alone."""
    if surely_ids(texts):
        assert all(is_id(text) and not span_like(text) for text in texts)


def test_business_ids_at_once():
    """Orders, UUIDs and trace IDs are known together, none of them one by one."""
    assert surely_ids(["A-10423", "550e8400-e29b-41d4-a716-446655440000", "shop:order.7"])
