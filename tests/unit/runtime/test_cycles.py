"""What is imported for good, and how often the rest is looked through."""

from __future__ import annotations

import gc
import weakref

import pytest

from clew.runtime.cycles import OBJECTS, imported_for_good


class Node:
    """Something that can hold itself."""

    itself: Node


@pytest.fixture(autouse=True)
def _as_before():
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def test_what_was_imported_is_left_out():
    """Objects made in the block are not among those that are looked through afterwards."""
    with imported_for_good():
        kept: list[object] = [object()]

    assert gc.get_freeze_count() > 0
    assert not any(found is kept for found in gc.get_objects())


def test_cycles_made_afterwards_are_still_found():
    """Garbage of the process itself is collected as ever, only later."""
    with imported_for_good():
        pass
    node = Node()
    node.itself = node
    gone = weakref.ref(node)
    del node

    gc.collect()

    assert gone() is None
    assert gc.isenabled()
    assert gc.get_threshold()[0] == OBJECTS


def test_a_failed_import_leaves_the_collector_running():
    """An error in the block passes through, and garbage is looked for again."""
    with pytest.raises(ImportError), imported_for_good():
        raise ImportError

    assert gc.isenabled()
