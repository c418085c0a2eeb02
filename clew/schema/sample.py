"""
Metric samples: what one target said of itself at one moment.

    Scrape = target (labels), time, packed
    packed = zstd( msgpack( Packed ) ): names and labels of all series, and their values as doubles

A target's labels (`job`, `instance`, `node`, ...) hold for each of its series, and what a scrape's
samples are called is no business of a store: it keeps `packed` as it is. A target says a thing once
at a moment, so target and time name a scrape, and one that is sent twice is stored once.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import zstandard

Labels = dict[str, str]

PACKED_BYTES = 16 * 1024 * 1024
"""What a scrape may unpack to: about 100,000 series. Prometheus' own default is no limit at all."""


class Sample(NamedTuple):
    """One series' value; `labels` without those of the target."""

    name: str
    labels: Labels
    value: float


class Scrape(msgspec.Struct, frozen=True):
    """All samples of a target at one time (Unix nanoseconds)."""

    target: Labels
    time: int
    packed: bytes


class _Packed(msgspec.Struct):
    """`values` are little-endian doubles, one for each of `series`: a name and labels."""

    series: msgspec.Raw
    values: bytes


class Columns(NamedTuple):
    """
    A scrape's samples, its names and labels still encoded.

    A target says the same things at nearly every scrape. So `shape` is nearly always the same
    bytes, and whoever reads many scrapes decodes it once: the rest costs an eighth of it.
    """

    shape: bytes
    values: array[float]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode
_decode_shape = msgspec.msgpack.Decoder(list[tuple[str, Labels]]).decode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def pack_samples(samples: Iterable[Sample]) -> bytes:
    """Samples as the `packed` of a scrape."""
    series: list[tuple[str, Labels]] = []
    values = array("d")
    for name, labels, value in samples:
        series.append((name, labels))
        values.append(value)
    if sys.byteorder == "big":
        values.byteswap()
    raw = _encode(_Packed(msgspec.Raw(_encode(series)), values.tobytes()))
    return zstandard.ZstdCompressor(level=3).compress(raw)


def unpack_samples(packed: bytes) -> Iterator[Sample]:
    """
    The samples of a scrape, in their order. Raises ValueError for anything that is not packed so.

    At the call, not at the first sample.
    """
    shape, values = unpack_columns(packed)
    series = decode_shape(shape)
    if len(values) != len(series):
        raise ValueError("not packed samples: not as many values as series")
    return (
        Sample(name, labels, value) for (name, labels), value in zip(series, values, strict=True)
    )


def unpack_columns(packed: bytes) -> Columns:
    """Raises ValueError as `unpack_samples`, save for what only a look into the shape shows."""
    try:
        if not 0 <= zstandard.frame_content_size(packed) <= PACKED_BYTES:
            raise ValueError(f"packed samples must state a size of at most {PACKED_BYTES} bytes")
        raw = zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
        unpacked = _decode(raw)
    except (zstandard.ZstdError, msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"not packed samples: {error}") from error
    if len(unpacked.values) % 8:
        raise ValueError("not packed samples: a value is cut off")
    values: array[float] = array("d", unpacked.values)
    if sys.byteorder == "big":
        values.byteswap()
    return Columns(bytes(unpacked.series), values)


def decode_shape(shape: bytes) -> list[tuple[str, Labels]]:
    """Names and labels, one for each value. Raises ValueError for what is no shape."""
    try:
        return _decode_shape(shape)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"not packed samples: {error}") from error


def target_key(target: Mapping[str, str]) -> str:
    """Names a target by its labels: 26 characters, the same in whatever order they stand."""
    digest = blake2b(_encode_sorted(dict(target)), digest_size=16, person=b"clew-target")
    return b32encode(digest.digest()).decode().rstrip("=").lower()


def scrape_id(scrape: Scrape) -> str:
    """The ID of a scrape as a document."""
    return f"{target_key(scrape.target)}-{scrape.time:016x}"


def all_labels(target: Mapping[str, str], name: str, labels: Mapping[str, Any]) -> Labels:
    """The labels of a series, the name of its metric among them; the target's own win."""
    return {"__name__": name, **labels, **target}
