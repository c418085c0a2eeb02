from __future__ import annotations

import tracemalloc
from itertools import compress

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.record import SCHEMA_VERSION
from clew.wire.batch import (
    WIRE_VERSION,
    Answer,
    Batch,
    Carried,
    Container,
    Part,
    PartAnswer,
    Row,
    decode_answer,
    decode_batch,
    encode_answer,
    encode_batch,
    pack,
    pack_violations,
    rows,
    unpack,
)
from clew.wire.envelope import TooLargeError, VersionError, WireError
from tests.support.batches import CART, batch, part, part_of

MIB = 1024 * 1024
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
ROWS = st.builds(
    Row,
    offset=st.integers(0, 2**64 - 1),
    time=st.integers(-(2**63), 2**63 - 1),
    severity=st.integers(0, 24),
    flags=st.integers(0, 15),
    dialect=st.integers(0, 3),
    output=st.integers(0, 1),
    transaction=TEXTS,
    record=st.binary().filter(lambda record: b"\n" not in record),
    checksum=st.none(),
    ordinal=st.just(0),
)
CONTAINERS = st.builds(
    Container,
    *(TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0, 2**31), TEXTS, TEXTS, TEXTS),
    labels=st.lists(st.tuples(TEXTS, TEXTS)).map(tuple),
    qos=TEXTS,
    workload_kind=TEXTS,
    service=TEXTS,
)


@given(st.lists(st.lists(ROWS)), CONTAINERS, TEXTS, st.floats(0, 1000))
def test_there_and_back(
    parts: list[list[Row]], container: Container, agent: str, deadline_seconds: float
):
    """Every record arrives with what was said of it, in its order."""
    sent = Batch(agent, deadline_seconds, "policy", [container], [part(each) for each in parts])
    received = decode_batch(encode_batch(sent), 64 * MIB)
    assert received == sent
    assert [rows(each) for each in received.parts] == parts


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_packed_integers_are_little_endian(values: list[int]):
    packed = pack("q", values)
    assert unpack("q", packed) == values
    assert packed == b"".join(value.to_bytes(8, "little", signed=True) for value in values)


def test_an_answer_there_and_back():
    """What is nought is not said."""
    parts = [PartAnswer(300, indexed=2, quarantined=1), PartAnswer(0, error="no room")]
    answer = Answer(parts, store="one")
    encoded = encode_answer(answer)
    assert decode_answer(encoded) == answer
    assert encoded == (
        b'{"parts":[{"acknowledged":300,"indexed":2,"quarantined":1},'
        b'{"acknowledged":0,"error":"no room"}],"store":"one"}'
    )


BODY = encode_batch(batch(part_of(b"one", b"two")))


@pytest.mark.parametrize("length", range(len(BODY)))
def test_a_body_that_is_cut_off_is_no_batch(length: int):
    with pytest.raises(WireError):
        decode_batch(BODY[:length], MIB)


@given(st.binary())
def test_no_bytes_do_worse_than_an_error(body: bytes):
    """Neither as a body nor as what a body unpacks to."""
    for each in (body, zstandard.compress(body)):
        with pytest.raises(WireError):
            decode_batch(each, MIB)


def test_nothing_may_follow_a_batch():
    with pytest.raises(WireError, match="unused data"):
        decode_batch(BODY + b"x", MIB)


def frame(content: bytes, *, size: int) -> bytes:
    """A frame that says it unpacks to `size` bytes (below 2^32, above 65,791), and does not."""
    honest = zstandard.ZstdCompressor().compress(content)
    assert honest[4] == 0b10_000000, "one byte of window, four of size"
    return honest[:6] + size.to_bytes(4, "little") + honest[10:]


GIB = zstandard.ZstdCompressor().compress(bytes(1024 * MIB))


def peak_bytes(body: bytes, message: str) -> int:
    """The memory it took to refuse a body."""
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match=message):
            decode_batch(body, 64 * MIB)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_is_refused_by_what_it_says():
    """32 KiB that unpack to 1 GiB are not unpacked."""
    with pytest.raises(TooLargeError, match="67108864 bytes, this one to 1073741824"):
        decode_batch(GIB, 64 * MIB)
    assert peak_bytes(GIB, "may unpack") < MIB


def test_a_bomb_that_understates_itself_is_refused_when_that_is_full():
    lying = frame(bytes(1024 * MIB), size=2 * MIB)
    assert peak_bytes(lying, "not one whole zstd frame") < 4 * MIB


def test_a_frame_that_does_not_say_its_size_is_refused():
    """It may have no end."""
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    assert peak_bytes(compressor.compress(bytes(1024 * MIB)), "must state its size") < MIB


def packed(value: object) -> bytes:
    return zstandard.compress(msgspec.msgpack.encode(value))


@pytest.mark.parametrize(("version", "behind"), [(0, "agent"), (WIRE_VERSION + 1, "collector")])
def test_a_version_that_this_side_cannot_read(version: int, behind: str):
    """Both where it looks like ours, and where nothing else of it does; it says who is behind."""
    other = msgspec.structs.replace(batch(), version=version)
    told = (
        f"the agent sends a batch in wire version {version}, "
        f"this collector reads 1 to {WIRE_VERSION}: upgrade the {behind}"
    )
    for body in (encode_batch(other), packed({"version": version, "parts": "elsewhere"})):
        with pytest.raises(VersionError, match=f"^{told}$"):
            decode_batch(body, MIB)


@pytest.mark.parametrize(("schema", "behind"), [(0, "agent"), (SCHEMA_VERSION + 1, "collector")])
def test_a_schema_that_this_side_does_not_know(schema: int, behind: str):
    told = f"records of schema {schema}, this collector reads 1: upgrade the {behind}"
    with pytest.raises(VersionError, match=told):
        decode_batch(encode_batch(msgspec.structs.replace(batch(), schema=schema)), MIB)


def test_what_an_agent_of_version_1_left_in_its_outbox_is_read():
    """It is sent as it stands, by whatever agent there is by then."""
    raw = zstandard.decompress(encode_batch(batch(part_of(b"one", b"two"))))
    sent = msgspec.msgpack.decode(raw)
    del sent["schema"], sent["parts"][0]["violations"], sent["parts"][0]["violated"]
    received = decode_batch(packed({**sent, "version": 1}), MIB)
    assert received.schema == 1
    assert [row.violations for row in rows(received.parts[0])] == [(), ()]


VIOLATIONS = st.lists(st.sampled_from([(), ("a",), ("a", "b:c"), ("b:c",)]))


@given(VIOLATIONS)
def test_violations_there_and_back(found: list[tuple[str, ...]]):
    """Each set is sent once; without any, nothing is sent."""
    table, numbers = pack_violations(dict(compress(enumerate(found), found)), len(found))
    assert len(table) == len(set(found) - {()})
    assert bool(numbers) == any(found)
    sent = msgspec.structs.replace(
        part_of(*[b"m"] * len(found)), violations=table, violated=numbers
    )
    received = decode_batch(encode_batch(batch(sent)), MIB)
    assert [row.violations for row in rows(received.parts[0])] == found


NO_BATCHES = {
    "not a map": [1, 2],
    "nothing in it": {},
    "a text that is not UTF-8": msgspec.Raw(b"\x81\xa5agent\xa1\xff"),
    "nesting without end": msgspec.Raw(b"\x81\xa1x" + b"\x91" * 100_000),
    "a part that is none": {**msgspec.to_builtins(batch()), "parts": [7]},
}


@pytest.mark.parametrize("value", NO_BATCHES.values(), ids=NO_BATCHES)
def test_what_is_no_batch(value: object):
    with pytest.raises(WireError, match="not a batch"):
        decode_batch(packed(value), MIB)


CONTRADICTIONS: dict[str, tuple[dict[str, object], str]] = {
    "offsets": ({"offsets": pack("Q", [0])}, "different lengths"),
    "half an offset": ({"offsets": pack("Q", [0, 1])[:-1]}, "different lengths"),
    "times": ({"times": pack("q", [0, 0, 0])}, "different lengths"),
    "severities": ({"severities": b""}, "different lengths"),
    "flags": ({"flags": b"\0"}, "different lengths"),
    "dialects": ({"dialects": b"\0\0\0"}, "different lengths"),
    "outputs": ({"outputs": b"\0"}, "different lengths"),
    "transactions": ({"transactions": [""]}, "different lengths"),
    "a checksum too few": ({"checksums": pack("I", [0])}, "different lengths"),
    "violations too few": ({"violated": pack("I", [0])}, "different lengths"),
    "half a violation": ({"violated": pack("I", [0, 0])[:-1]}, "different lengths"),
    "violations of nobody": ({"violated": pack("I", [0, 1])}, "violations that are not there"),
    "a record too few": ({"records": b"{}\n"}, "as many records"),
    "a record too many": ({"records": b"{}\n{}\n{}\n"}, "as many records"),
    "a record that does not end": ({"records": b"{}\n{}\n{}"}, "as many records"),
    "a container that is not there": ({"container": 1}, "unknown container"),
    "a container before the first": ({"container": -1}, "unknown container"),
}


@pytest.mark.parametrize(("wrong", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_batch_that_contradicts_itself(wrong: dict[str, object], message: str):
    """No array is read past its end, and no record is left out."""
    contradiction = msgspec.structs.replace(part_of(b"one", b"two"), **wrong)
    with pytest.raises(WireError, match=message):
        decode_batch(encode_batch(batch(contradiction)), MIB)


def test_a_part_without_records():
    """A range that holds nothing but shed lines is acknowledged like any other."""
    empty = part([])
    assert decode_batch(encode_batch(batch(empty)), MIB).parts == [empty]
    rest: Part = msgspec.structs.replace(empty, records=b"rest")
    with pytest.raises(WireError, match="as many records"):
        decode_batch(encode_batch(batch(rest)), MIB)


def test_checksums_arrive_with_their_lines():
    """Where a file has none, no line has one."""
    [one, two] = rows(part_of(b"one", b"two"))
    sent = part([one._replace(checksum=0), two._replace(checksum=2**32 - 1)])
    [received] = decode_batch(encode_batch(batch(sent)), MIB).parts
    assert [row.checksum for row in rows(received)] == [0, 2**32 - 1]
    assert [row.checksum for row in rows(part_of(b"one"))] == [None]


NEW_IN_CONTAINERS, NEW_IN_PARTS = ("labels", "qos", "workload_kind", "service"), ("checksums",)


def test_a_batch_of_an_agent_that_knew_less_can_be_read():
    """It says nothing of labels, class of service, kind and checksums; they are empty."""
    sent = batch(part_of(b"one"))
    told = msgspec.to_builtins(sent, builtin_types=(bytes,))
    for container in told["containers"]:
        for name in NEW_IN_CONTAINERS:
            del container[name]
    for each in told["parts"]:
        for name in NEW_IN_PARTS:
            del each[name]
    assert decode_batch(zstandard.compress(msgspec.msgpack.encode(told)), MIB) == sent


def test_a_container_can_be_looked_up():
    """Batches state each once, by way of a dictionary."""
    assert {CART: 1}[msgspec.structs.replace(CART)] == 1


def test_a_carried_record_that_is_not_there():
    sent = batch(part([]))
    sent.parts[0].carried = [Carried(0, "older", "/var/log/0.log.1")]
    with pytest.raises(WireError, match="carried"):
        decode_batch(encode_batch(sent), MIB)
