from __future__ import annotations

from clew.schema.document import FIRST_LINE_BYTES, document_id, generation

CONTAINER = "shop_cart-7d9f_0c1/cart/0"


def test_a_generation_is_the_same_wherever_its_file_is_found():
    """Container and first line name a file: nothing else is known of a copy on another disk."""
    assert generation(CONTAINER, b"2023 first") == generation(CONTAINER, b"2023 first")
    assert generation(CONTAINER, b"2023 first") != generation(CONTAINER, b"2023 other")
    assert generation(CONTAINER, b"2023 first") != generation(CONTAINER[:-1] + "1", b"2023 first")


def test_container_and_first_line_do_not_run_into_each_other():
    assert generation("a", b"bc") != generation("ab", b"c")


def test_a_generation_does_not_change_while_its_first_line_grows():
    """Of a long first line the rest may not be written yet when the file is first seen."""
    begun = b"x" * FIRST_LINE_BYTES
    assert generation(CONTAINER, begun) == generation(CONTAINER, begun + b"more")


def test_document_ids_sort_as_their_offsets():
    offsets = [0, 9, 10, 255, 4096, 2**40]
    ids = [document_id("f", offset) for offset in offsets]
    assert sorted(ids) == ids
    assert len(set(ids)) == len(offsets)
