"""The outbox: what was sent once is what is sent ever after, until it is stored."""

from __future__ import annotations

from pathlib import Path

import msgspec

from agent.framing.joining import Position
from agent.outbox.outbox import Outbox, Outgoing
from agent.outbox.slots import Slots
from agent.ranges import Range
from agent.shedding.kinds import Kind
from agent.shedding.spans import ShedSpan
from agent.sources.log_file import LogFile
from clew.wire.batch import Batch, Container, Part, PartAnswer, decode_batch, encode_batch

CONTAINER = Container("shop", "cart-0", "0c1", "cart", 0, "node-a", "cart")
FILE = LogFile("/pods/shop_cart-0_0c1/cart/0.log", CONTAINER, compressed=False)
LIMIT_BYTES = 1024 * 1024


def made(*names: str) -> tuple[list[Range], bytes]:
    """Ranges of files with these generations, and the batch of them."""
    ranges = [Range(name, FILE, 0, Position(10), 1, 0, 1) for name in names]
    parts = [
        Part(
            0, name, FILE.path, 0, 10, bytes(8), bytes(8), b"\0", b"\0", b"\0", b"\0", [""], b"{}\n"
        )
        for name in names
    ]
    return ranges, encode_batch(Batch("here", 30.0, "p", [CONTAINER], parts))


def put(outbox: Outbox, *names: str) -> Outgoing:
    return outbox.put(*made(*names))


def generations(outbox: Outbox, outgoing: Outgoing) -> list[str]:
    """Of the parts that are sent; the ranges are about the same."""
    parts = decode_batch(outbox.body(outgoing), LIMIT_BYTES).parts
    assert [part.generation for part in parts] == [part.generation for part in outgoing.ranges]
    return [part.generation for part in parts]


def left(folder: Path, outbox: Outbox) -> list[list[str]]:
    """What a new process would send, after a checkpoint of this moment."""
    again = Outbox(folder)
    batches = again.load(outbox.next_number, outbox.open_numbers)
    return [generations(again, outgoing) for outgoing in batches]


def test_a_batch_outlives_the_process(tmp_path: Path):
    """Byte for byte, with what was left out of it, and whether or not a checkpoint knows of it."""
    outbox = Outbox(tmp_path)
    ranges, body = made("a", "b")
    ranges[0].shed = [ShedSpan("shop_a_u/a/0", "/x", "r", Kind.DEBUG, 1, 2, 3, 40)]
    outbox.put(ranges, body)
    for numbers in ((0, []), (1, [0])):
        again = Outbox(tmp_path)
        (outgoing,) = again.load(*numbers)
        assert again.body(outgoing) == body
        assert outgoing.ranges == ranges
        assert again.next_number == 1


def test_what_a_checkpoint_calls_passed_is_not_sent_again(tmp_path: Path):
    outbox = Outbox(tmp_path)
    for name in ("a", "b", "c"):
        put(outbox, name)
    again = Outbox(tmp_path)
    assert [each.kept.number for each in again.load(2, [1])] == [1, 2]
    assert put(again, "d").kept.slot == 0


def test_a_batch_is_kept_until_a_checkpoint_without_it_is_written(tmp_path: Path):
    """An answer alone lets nothing go, nor do the positions; what is sent again still stands."""
    outbox = Outbox(tmp_path)
    outgoing = put(outbox, "a")
    outgoing.ranges[0].answer = PartAnswer(10, 1)
    assert outbox.passed() == []
    outgoing.ranges[0].passed = True
    assert outbox.passed() == []
    outgoing.kept.unanswered.clear()
    assert outbox.passed() == [outgoing.kept]
    assert put(outbox, "b").kept.slot == 1
    outbox.release([outgoing.kept])
    assert outbox.open_numbers == [1]
    assert put(outbox, "c").kept.slot == 0


def test_some_parts_are_sent_again(tmp_path: Path):
    """They are as they were; a new process, that knows of no answer, sends all of them."""
    outbox = Outbox(tmp_path)
    outgoing = put(outbox, "a", "b", "c")
    whole = decode_batch(outbox.body(outgoing), LIMIT_BYTES)
    again = Outgoing(outgoing.kept, [0, 2])
    assert generations(outbox, again) == ["a", "c"]
    parts = decode_batch(outbox.body(again), LIMIT_BYTES).parts
    assert parts == [whole.parts[0], whole.parts[2]]
    assert left(tmp_path, outbox) == [["a", "b", "c"]]


def test_a_batch_whose_head_is_of_another_version(tmp_path: Path):
    """It is set aside; the others are sent, and its slot is used again."""
    outbox = Outbox(tmp_path)
    put(outbox, "a")
    Slots(tmp_path / "other").write(1, msgspec.msgpack.encode({"ranges": []}), b"body")
    (tmp_path / "other" / "0.slot").rename(tmp_path / "1.slot")
    again = Outbox(tmp_path)
    (outgoing,) = again.load(2, [0, 1])
    assert generations(again, outgoing) == ["a"]
    assert (tmp_path / "1.damaged").exists()
    assert put(again, "b").kept.slot == 1


def test_another_store(tmp_path: Path):
    """What was meant for the old one is dropped, and its slots are used again."""
    outbox = Outbox(tmp_path)
    put(outbox, "a")
    outbox.clear()
    assert (outbox.waiting_bytes, outbox.open_numbers) == (0, [])
    assert put(outbox, "b").kept.slot == 0
    assert left(tmp_path, outbox) == [["b"]]
