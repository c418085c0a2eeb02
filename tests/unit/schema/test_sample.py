from __future__ import annotations

import math

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.sample import (
    PACKED_BYTES,
    Sample,
    Scrape,
    all_labels,
    decode_shape,
    pack_samples,
    scrape_id,
    target_key,
    unpack_columns,
    unpack_samples,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SAMPLES = st.builds(Sample, TEXTS, st.dictionaries(TEXTS, TEXTS), st.floats(allow_nan=False))


@given(st.lists(SAMPLES))
def test_there_and_back(samples: list[Sample]):
    assert list(unpack_samples(pack_samples(samples))) == samples


def test_values_that_are_no_numbers_go_there_and_back():
    values = [math.nan, math.inf, -math.inf]
    packed = pack_samples(Sample("x", {}, value) for value in values)
    assert str([sample.value for sample in unpack_samples(packed)]) == str(values)


@given(st.lists(SAMPLES), st.lists(SAMPLES))
def test_columns_are_the_same_samples(samples: list[Sample], others: list[Sample]):
    """Equal shapes are equal names and labels, in their order, and the other way round."""
    shape, values = unpack_columns(pack_samples(samples))
    said = [(name, labels) for name, labels, _ in samples]
    assert decode_shape(shape) == said
    assert values.tolist() == [sample.value for sample in samples]
    changed = [sample._replace(value=1.0) for sample in samples]
    assert unpack_columns(pack_samples(changed)).shape == shape
    if [(name, labels) for name, labels, _ in others] != said:
        assert unpack_columns(pack_samples(others)).shape != shape


def test_more_values_than_series_are_no_samples():
    """As is a value that is cut off: nothing is guessed."""
    for values in (bytes(16), bytes(7)):
        raw = msgspec.msgpack.encode({"series": [("up", {})], "values": values})
        with pytest.raises(ValueError, match="not packed samples"):
            unpack_samples(zstandard.compress(raw))


@given(st.binary())
def test_anything_else_is_a_value_error(packed: bytes):
    for each in (packed, zstandard.compress(packed)):
        with pytest.raises(ValueError, match="packed samples"):
            unpack_samples(each)


def test_a_scrape_may_not_unpack_to_all_the_memory_there_is():
    with pytest.raises(ValueError, match=f"at most {PACKED_BYTES} bytes"):
        unpack_samples(zstandard.compress(bytes(PACKED_BYTES + 1)))


def test_a_target_is_named_by_its_labels_in_any_order():
    target = {"job": "node", "node": "n1"}
    assert target_key(target) == target_key(dict(reversed(target.items())))
    assert target_key(target) != target_key(target | {"node": "n2"})
    assert len(target_key(target)) == 26


def test_the_key_of_a_target_never_changes():
    """It stands in the IDs of documents that are stored already."""
    scrape = Scrape({"job": "node", "node": "n1"}, 1_674_981_729_000_000_000, b"")
    assert scrape_id(scrape) == f"{target_key(scrape.target)}-173ebb0212508a00"
    assert target_key(scrape.target) == "2n2fqkqgfees47ymgr5izmg4ga"


def test_the_labels_of_a_target_hold_for_each_of_its_series():
    labels = all_labels({"job": "node"}, "up", {"job": "other", "cpu": "0"})
    assert labels == {"__name__": "up", "job": "node", "cpu": "0"}
