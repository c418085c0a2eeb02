from __future__ import annotations

import pytest

from clew.schema.sample import Sample, Scrape, pack_samples
from clew.wire.envelope import TooLargeError, VersionError, WireError
from clew.wire.samples import (
    SampleAnswer,
    SampleBatch,
    decode_sample_answer,
    decode_samples,
    encode_sample_answer,
    encode_samples,
)

LIMIT_BYTES = 1024 * 1024
BATCH = SampleBatch(
    "agent-1", 30.0, [Scrape({"job": "node"}, 17, pack_samples([Sample("up", {}, 1.0)]))]
)


def test_there_and_back():
    assert decode_samples(encode_samples(BATCH), LIMIT_BYTES) == BATCH


def test_an_answer_there_and_back():
    """What is nought is not said."""
    assert encode_sample_answer(SampleAnswer(3)) == b'{"acknowledged":3}'
    answer = SampleAnswer(1, existing=1, error="no room")
    assert decode_sample_answer(encode_sample_answer(answer)) == answer


def test_a_batch_of_another_version_is_told_apart():
    other = SampleBatch("agent-1", 30.0, [], version=2)
    with pytest.raises(VersionError, match="samples in wire version 2, this collector reads 1: up"):
        decode_samples(encode_samples(other), LIMIT_BYTES)


def test_anything_else_is_refused():
    with pytest.raises(WireError, match="not one whole zstd frame"):
        decode_samples(b"samples", LIMIT_BYTES)


def test_a_batch_unpacks_to_no_more_than_is_allowed():
    with pytest.raises(TooLargeError):
        decode_samples(encode_samples(BATCH), 10)
