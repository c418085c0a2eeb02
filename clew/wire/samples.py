"""
Scrapes on their way to the store: `POST /v1/samples`.

They come out of an agent's spool, in order. The answer says how many of them, from the first on,
are stored for good; what follows stays in the spool and is sent again.
"""

from __future__ import annotations

import msgspec

from clew.schema.sample import Scrape
from clew.wire.envelope import seal, unseal

SAMPLES_VERSION = 1
CONTENT_TYPE = "application/vnd.clew.samples"


class SampleBatch(msgspec.Struct):
    """`deadline_seconds` is how long the agent waits, counted from when it began to send."""

    agent: str
    deadline_seconds: float
    scrapes: list[Scrape]
    version: int = SAMPLES_VERSION


class SampleAnswer(msgspec.Struct, omit_defaults=True):
    """
    `acknowledged` scrapes, from the first on, need not be sent again.

    Of them `existing` were stored before, and `refused` the store will never take. `error` is why
    the next one is not acknowledged.
    """

    acknowledged: int
    existing: int = 0
    refused: int = 0
    error: str = ""


_decode = msgspec.msgpack.Decoder(SampleBatch).decode
encode_sample_answer = msgspec.json.Encoder().encode
decode_sample_answer = msgspec.json.Decoder(SampleAnswer).decode


def encode_samples(batch: SampleBatch) -> bytes:
    return seal(batch)


def decode_samples(body: bytes, limit_bytes: int) -> SampleBatch:
    """The scrapes in a body that unpacks to at most `limit_bytes`. Raises WireError."""
    versions = range(SAMPLES_VERSION, SAMPLES_VERSION + 1)
    return unseal(body, "batch of samples", limit_bytes, versions, _decode)
