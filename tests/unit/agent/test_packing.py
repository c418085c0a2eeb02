"""What was read, as the collector gets it: arrays beside the lines, in their order."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from agent.accounts import Account
from agent.checkpoint import Progress
from agent.files import look_at
from agent.follower import Follower
from agent.packing import build_batch, pack_reading
from agent.policy import Policy
from agent.reading import Reading
from agent.sources.kubernetes import Kubernetes
from clew.schema.dialects.catalog import CANONICAL, JSON, NONE, TEXT
from clew.schema.line import Flag
from clew.wire.batch import Batch, decode_batch, encode_batch, rows
from tests.support.log_files import START, LogWriter
from tests.support.memory_collector import BATCH_BYTES
from tests.support.set_clock import SetClock

CANONICAL_LINE = (
    b'{"@timestamp":"2023-01-29T08:42:09.736Z", "log.level":"error","message":"no money",'
    b'"service.name":"payment","transaction.id":"A-17"}'
)


@pytest.fixture
def logs(tmp_path: Path):
    logs = [LogWriter(tmp_path, f"shop_{name}-0_0c1", name) for name in ("cart", "stock")]
    yield logs
    for log in logs:
        log.close()


def readings(tmp_path: Path) -> list[Reading]:
    """A reading of each file in a tree, with open lines closed."""
    found = []
    for file in Kubernetes([tmp_path], "here").files():
        sighting = look_at(file)
        assert sighting is not None
        follower = Follower(sighting.generation, Progress(file), Account("shop", "cart-0", "cart"))
        follower.found(file, sighting.size, now=0.0)
        reading = follower.read(close=True)
        assert reading is not None
        found.append(reading)
    return found


def sent(tmp_path: Path) -> Batch:
    """What arrives of it."""
    policy = Policy.build(SetClock())
    packed = [pack_reading(each, policy) for each in readings(tmp_path)]
    batch = build_batch(packed, "here", 30.0, policy.schema.name)
    return decode_batch(encode_batch(batch), BATCH_BYTES)


def test_what_stands_beside_a_record(tmp_path: Path, logs: list[LogWriter]):
    """All that the collector must know, each at its record's place."""
    cart, stock = logs
    stock.write(b"-")
    offsets = [
        cart.write(CANONICAL_LINE),
        cart.write(b'{"level":"warn","msg":"nested"}', "stderr"),
        cart.write(b"plain text"),
        cart.write(b"\xff"),
    ]
    packed = rows(sent(tmp_path).parts[0])
    assert [row.offset for row in packed] == offsets
    assert [row.time - START for row in packed] == [1_500_000 * n for n in range(1, 5)]
    assert [row.output for row in packed] == [0, 1, 0, 0]
    assert [row.severity for row in packed] == [17, 13, 0, 0]
    assert [row.dialect for row in packed] == [CANONICAL, JSON, TEXT, NONE]
    unknown = Flag.NO_TIMESTAMP | Flag.NO_SERVICE
    assert [row.flags for row in packed] == [0, unknown, unknown, unknown | Flag.QUARANTINED]
    assert [row.transaction for row in packed] == ["A-17", "", "", ""]


def test_a_canonical_line_is_sent_as_it_was_written(tmp_path: Path, logs: list[LogWriter]):
    """Not a byte of it is changed; what is written in a dialect is encoded anew."""
    for log in logs:
        log.write(CANONICAL_LINE)
        log.write(b"plain text")
    for part in sent(tmp_path).parts:
        canonical, text = (row.record for row in rows(part))
        assert canonical == CANONICAL_LINE
        assert orjson.loads(text) == {"message": "plain text"}


def test_a_bad_frame_says_why(tmp_path: Path, logs: list[LogWriter]):
    """It keeps the reason that the framing gave, and every byte."""
    for log in logs:
        log.append(b"\xff\n")
    (row,) = rows(sent(tmp_path).parts[0])
    quarantined = orjson.loads(row.record)
    assert quarantined["clew.reason"] == "bad_framing"
    assert quarantined["clew.raw"] == "/w=="
    assert row.flags & Flag.QUARANTINED


def test_containers_are_stated_once(tmp_path: Path, logs: list[LogWriter]):
    """Two files of a container share its place in the list."""
    cart, stock = logs
    for log in (cart, stock):
        log.write(b"one")
    cart.rotate()
    cart.write(b"two")
    batch = sent(tmp_path)
    assert [container.name for container in batch.containers] == ["cart", "stock"]
    assert [part.container for part in batch.parts] == [0, 0, 1]
    assert len({part.generation for part in batch.parts}) == 3
    assert [(part.start, len(part.transactions)) for part in batch.parts] == [(0, 1)] * 3


def test_a_range_without_a_record(tmp_path: Path, logs: list[LogWriter]):
    """Pieces alone make a part with nothing in it: it says how far was read."""
    for log in logs:
        log.write(b"half", tag="P")
    (part, _) = sent(tmp_path).parts
    assert rows(part) == []
    assert part.end > part.start == 0
