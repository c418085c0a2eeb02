"""What is open at the end of a file goes on in the next, once, wherever the agent is killed."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from agent.outbox.outbox import Outgoing
from agent.policy import Policy
from agent.redaction.config import RedactionConfig
from agent.redaction.redactor import Redactor
from agent.rounds import SETTLED_SECONDS
from agent.shedding.config import RungConfig, SheddingConfig
from agent.shedding.kinds import Kind
from agent.sources.docker import Docker
from agent.sweep import Sweeper, SweepLimits
from clew.schema.document import document_id, generation
from tests.support.log_files import START, LogWriter, docker_line
from tests.support.memory_collector import send, send_everything
from tests.support.node import LIMITS, UNFINISHED_AFTER_SECONDS, Node

WAITING = SweepLimits(1024 * 1024, UNFINISHED_AFTER_SECONDS, 30.0, group_seconds=1.0)
"""As most agents are configured, which know nothing but the clock to tell that a file is left."""
SMALL = SweepLimits(3000, UNFINISHED_AFTER_SECONDS, 30.0, group_seconds=0.0)
JSON = b'{"@timestamp":"2023-01-29T08:42:09Z","log.level":"%s","message":"%s"}'


def found(node: Node) -> dict[str, list[str] | None]:
    """What is stored, and what is wrong with it."""
    return {s["message"]: s.get("clew.violations") for s in node.collector.sources()}


def at_rest(node: Node, sweeper: Sweeper) -> Sweeper:
    """Everything is sent that can be sent; the books are in order."""
    for _ in range(2):
        send_everything(sweeper, node.collector)
        check_books(sweeper)
        node.clock.advance(SETTLED_SECONDS)
    assert sweeper.status()["balanced"]
    return sweeper


def check_books(sweeper: Sweeper) -> None:
    for balance in sweeper.watch.balances():
        assert (balance.bytes_missing, balance.lines_missing) == (0, 0), str(balance)


def collected(sweeper: Sweeper) -> Outgoing:
    outgoing = sweeper.collect()
    assert outgoing is not None
    return outgoing


def split_over_a_rotation(log: LogWriter) -> Path:
    log.write(b"begun ", tag="P")
    rotated = log.rotate()
    log.write(b"and ended")
    return rotated


def test_the_record_is_named_by_where_its_line_begins(node: Node):
    """By generation, path and offset of its first piece, though it ends in another file."""
    log = node.log()
    log.write(b"before")
    offset = log.write(b"begun ", tag="P")
    rotated = log.rotate()
    log.write(b"and ended")
    log.write(b"after")
    sweeper = at_rest(node, node.sweeper())
    first_line = rotated.read_bytes().split(b"\n")[0]
    id_ = document_id(generation("shop_cart-0_0c1/cart/0", first_line), offset)
    source = next(s for s in node.collector.sources() if s["message"] == "begun and ended")
    assert id_ in node.collector.documents
    assert (source["log.file.path"], source["log.offset"]) == (str(rotated), offset)
    assert f"{source['clew.generation']}-{offset:012x}" == id_
    assert found(node) == {"before": None, "begun and ended": None, "after": None}
    assert (sweeper.ledger.lines_read, sweeper.ledger.pieces_joined) == (4, 1)


def test_over_several_rotations(node: Node):
    """A file in the middle may have nothing but a piece of it."""
    log = node.log()
    for piece in (b"one ", b"two ", b"three "):
        log.write(piece, tag="P")
        log.compress(log.rotate())
    log.write(b"four")
    at_rest(node, node.sweeper())
    assert found(node) == {"one two three four": None}


def test_each_stream_goes_on_with_its_own(node: Node):
    """Also where only one of them ends in the next file, and the other in the one after it."""
    log = node.log()
    log.write(b"out ", tag="P")
    log.write(b"err ", "stderr", tag="P")
    log.rotate()
    log.write(b"said", "stderr")
    log.write(b"more ", tag="P")
    log.rotate()
    log.write(b"told")
    at_rest(node, node.sweeper())
    streams = {source["message"]: source["stream"] for source in node.collector.sources()}
    assert streams == {"out more told": "stdout", "err said": "stderr"}


@pytest.mark.parametrize("moment", range(12))
@pytest.mark.parametrize("saves", [False, True])
@pytest.mark.parametrize("arrives", [False, True])
def test_killed_at_any_moment(node: Node, moment: int, saves: bool, arrives: bool):
    """
    Before and after each thing the agent does; `saves`: it wrote a checkpoint just before,
    `arrives`: what was on its way is stored, and its answer is lost.
    """
    log = node.log()
    log.write(b"first")
    split_over_a_rotation(log)
    log.write(b"last")
    sweeper = node.sweeper(SMALL)
    on_its_way: Outgoing | None = None
    for step in islice(steps_of(sweeper, node), moment):
        on_its_way = step
        check_books(sweeper)
    if saves:
        sweeper.save()
    if on_its_way is not None and arrives:
        node.collector.take(sweeper.body(on_its_way))
    sweeper = at_rest(node, node.sweeper(SMALL))
    assert found(node) == {"first": None, "begun and ended": None, "last": None}
    assert len(node.collector.documents) == sweeper.ledger.indexed == 3
    assert sweeper.ledger.lines_read == 4


def steps_of(sweeper: Sweeper, node: Node) -> Iterator[Outgoing | None]:
    """One thing after the other that an agent does; what is on its way then."""
    while True:
        sweeper.look()
        yield None
        while (outgoing := sweeper.collect()) is not None:
            yield outgoing
            send(sweeper, outgoing, node.collector)
            yield None


def test_killed_between_the_checkpoint_and_the_batch(node: Node):
    """The checkpoint says that it was handed over, and nothing came of it yet."""
    log = node.log()
    split_over_a_rotation(log)
    sweeper = node.sweeper()
    sweeper.look()
    send(sweeper, collected(sweeper), node.collector)
    outbox, aside = node.data / "outbox", node.data.with_name("aside")
    outbox.rename(aside)
    outbox.write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        sweeper.collect()
    outbox.unlink()
    aside.rename(outbox)
    handed = [each.position for each in node.remembered().files.values() if each.position.open]
    assert [(position.offset, position.pieces_open) for position in handed] == [(0, 1)]
    at_rest(node, node.sweeper())
    assert found(node) == {"begun and ended": None}


def test_no_batch_before_the_checkpoint(node: Node):
    """Where that can't be written nothing is sent, and what is open is not in two files."""
    log = node.log()
    split_over_a_rotation(log)
    sweeper = node.sweeper()
    sweeper.look()
    send(sweeper, collected(sweeper), node.collector)
    (node.data / "checkpoint.new").mkdir()
    for _ in range(2):
        with pytest.raises(IsADirectoryError):
            sweeper.collect()
        check_books(sweeper)
    again = node.sweeper()
    (node.data / "checkpoint.new").rmdir()
    at_rest(node, again)
    at_rest(node, sweeper)
    assert found(node) == {"begun and ended": None}


def test_answers_out_of_order(node: Node):
    """Nothing of the next file is on its way before all of this one is stored."""
    log = node.log()
    for number in range(4):
        log.write(JSON % (b"info", b"%d" % number * 2000))
    split_over_a_rotation(log)
    sweeper = node.sweeper(SMALL)
    sweeper.look()
    on_their_way = []
    while (outgoing := sweeper.collect()) is not None:
        on_their_way.append(outgoing)
    assert len(on_their_way) > 1
    for outgoing in reversed(on_their_way):
        assert sweeper.collect() is None
        send(sweeper, outgoing, node.collector)
    at_rest(node, sweeper)
    assert found(node)["begun and ended"] is None
    assert len(node.collector.documents) == sweeper.ledger.indexed == 5


@pytest.mark.parametrize("lost", ["outbox", "checkpoint", "both"])
def test_what_is_damaged_on_the_disk(node: Node, lost: str):
    """The same is read again, and has the same name."""
    log = node.log()
    split_over_a_rotation(log)
    sweeper = node.sweeper()
    sweeper.look()
    send(sweeper, collected(sweeper), node.collector)
    node.collector.take(sweeper.body(collected(sweeper)))
    if lost in {"outbox", "both"}:
        shutil.rmtree(node.data / "outbox")
    if lost in {"checkpoint", "both"}:
        (node.data / "checkpoint").write_bytes(b"\0" * 100)
    sweeper = at_rest(node, node.sweeper())
    assert found(node) == {"begun and ended": None}
    assert (sweeper.ledger.indexed, sweeper.ledger.existing) == (1, 1)


@pytest.mark.parametrize("looks_between", [False, True])
def test_the_old_file_is_packed_meanwhile(node: Node, looks_between: bool):
    log = node.log()
    log.write(b"first")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.write(b"begun ", tag="P")
    rotated = log.rotate()
    if looks_between:
        send_everything(sweeper, node.collector)
    log.compress(rotated)
    log.write(b"and ended")
    at_rest(node, sweeper)
    assert found(node) == {"first": None, "begun and ended": None}


def test_pieces_that_come_late_to_the_renamed_file(node: Node):
    """Whatever is written to it until the runtime has opened the next one comes first."""
    log = node.log()
    log.write(b"one ", tag="P")
    log.rename()
    sweeper = node.sweeper(WAITING)
    send_everything(sweeper, node.collector)
    log.write(b"two ", tag="P")
    send_everything(sweeper, node.collector)
    log.reopen()
    log.write(b"four")
    send_everything(sweeper, node.collector)
    assert found(node) == {}
    at_rest_later(node, sweeper)
    assert found(node) == {"one two four": None}


def test_a_piece_that_is_late_by_a_moment(node: Node):
    """The runtime ends the old file when the new one is there: nobody reads that before."""
    log = node.log()
    log.write(b"one ", tag="P")
    old = log.rotate()
    log.write(b"three")
    sweeper = node.sweeper(WAITING)
    send_everything(sweeper, node.collector)
    piece = old.read_bytes().replace(b"one ", b"two ")
    with old.open("ab") as file:
        file.write(piece)
    at_rest_later(node, sweeper)
    assert found(node) == {"one two three": None}


def test_a_rotation_that_is_taken_back(node: Node):
    """There is no next file: the line goes on in its own."""
    log = node.log()
    log.write(b"one ", tag="P")
    renamed = log.rename()
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.write(b"two ", tag="P")
    renamed.rename(log.path)
    log.write(b"three")
    at_rest(node, sweeper)
    assert found(node) == {"one two three": None}


def test_not_over_a_restart_of_the_container(node: Node):
    """Who wrote the first piece has ended; also where its log was rotated."""
    log = node.log()
    split_over_a_rotation(log)
    log.write(b"last words", tag="P")
    log.restart()
    log.write(b"first words")
    sweeper = at_rest(node, node.sweeper())
    assert found(node) == {"begun and ended": None, "first words": None}
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    at_rest(node, sweeper)
    assert found(node)["last words"] == ["unfinished_line"]


def test_a_line_whose_end_never_comes(node: Node):
    """It is sent without it, under the name that it would have had."""
    log = node.log()
    log.write(b"begun", tag="P")
    rotated = log.rotate()
    log.write(b"another stream", "stderr")
    sweeper = at_rest(node, node.sweeper())
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    at_rest(node, sweeper)
    assert found(node) == {"another stream": None, "begun": ["unfinished_line"]}
    unfinished = node.collector.sources()
    assert str(rotated) in {source["log.file.path"] for source in unfinished}


def test_bytes_that_are_lost_are_not_passed_over(node: Node):
    """Of two pieces with a gap between them there is no line."""
    log = node.log()
    log.write(b"one ", tag="P")
    length = log.write(b"two ", tag="P")
    sweeper = node.sweeper()
    sweeper.look()
    rotated = log.rotate()
    rotated.write_bytes(rotated.read_bytes()[:length])
    log.write(b"three")
    send_everything(sweeper, node.collector)
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    at_rest(node, sweeper)
    assert found(node) == {"one ": ["unfinished_line"], "three": None}
    assert sweeper.ledger.gap_count == 1


def test_not_over_a_file_that_can_not_be_read(node: Node):
    """It stands between the two, and may have more of the line."""
    log = node.log()
    log.write(b"one ", tag="P")
    log.rotate()
    log.write(b"two ", tag="P")
    packed = log.compress(log.rotate())
    whole = packed.read_bytes()
    packed.write_bytes(whole[:-12])
    log.write(b"three")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    assert "one three" not in found(node)
    packed.write_bytes(whole)
    at_rest(node, sweeper)
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    at_rest(node, sweeper)
    assert "".join(sorted(found(node), key=["one two ", "three"].index)) == "one two three"


def test_a_deleted_file_goes_on_in_the_next(node: Node):
    """Both were seen while they had names; then one is read out of what is held of it."""
    log = node.log()
    log.write(b"first")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.write(b"begun ", tag="P")
    rotated = log.rotate()
    log.write(b"and ended")
    sweeper.look()
    rotated.unlink()
    for _ in range(3):
        sweeper.look()
    at_rest(node, sweeper)
    assert found(node) == {"first": None, "begun and ended": None}


TRACE = (
    b"ERROR order failed",
    b"java.lang.IllegalStateException: no beans",
    b"\tat shop.Stock.take(Stock.java:27)",
    b"\tat shop.Order.make(Order.java:11)",
)


@pytest.mark.parametrize("place", [1, 2, 3])
@pytest.mark.parametrize("killed", [False, True])
def test_a_stack_trace_goes_on_in_the_next_file(node: Node, place: int, killed: bool):
    """It is one record, wherever it was cut; the watermark waits for all of its lines."""
    log = node.log()
    for line in TRACE[:place]:
        log.write(line)
    sweeper = node.sweeper(WAITING)
    send_everything(sweeper, node.collector)
    node.clock.advance(SETTLED_SECONDS)
    sweeper.look()
    log.rotate()
    for line in TRACE[place:]:
        log.write(line)
    send_everything(sweeper, node.collector)
    sweeper = node.sweeper(WAITING) if killed else sweeper
    send_everything(sweeper, node.collector)
    node.clock.advance(SETTLED_SECONDS)
    send_everything(sweeper, node.collector)
    assert (found(node), sweeper.watermark.time) == ({}, 0)
    node.clock.advance(WAITING.group_seconds)
    at_rest(node, sweeper)
    assert sweeper.watermark.time > 0
    [source] = node.collector.sources()
    assert (source["message"], source["error.message"]) == ("ERROR order failed", "no beans")
    assert source["error.stack_trace"].count("\tat ") == 2
    assert source["log.offset"] == 0


OBJECT = (
    b'{"log.level":"ERROR","message":"order failed","error.stack_trace":[',
    b'\t"java.lang.IllegalStateException: no beans",',
    b'\t"\\tat shop.Stock.take(Stock.java:27)"',
    b"]}",
)


@pytest.mark.parametrize("place", [1, 2, 3])
@pytest.mark.parametrize("killed", [False, True])
def test_an_object_goes_on_in_the_next_file(node: Node, place: int, killed: bool):
    """Like a trace; and its end is known, so that nobody waits for more of it."""
    log = node.log()
    for line in OBJECT[:place]:
        log.write(line)
    sweeper = node.sweeper(WAITING)
    send_everything(sweeper, node.collector)
    log.rotate()
    for line in OBJECT[place:]:
        log.write(line)
    send_everything(sweeper, node.collector)
    sweeper = node.sweeper(WAITING) if killed else sweeper
    send_everything(sweeper, node.collector)
    assert found(node) == {}
    node.clock.advance(SETTLED_SECONDS)
    at_rest(node, sweeper)
    [source] = node.collector.sources()
    assert (source["message"], source["error.message"]) == ("order failed", "no beans")
    assert source["error.stack_trace"].count("\n\tat ") == 1
    assert source["log.offset"] == 0


def test_lines_of_an_object_that_does_not_go_on_are_their_own(node: Node):
    """Its first lines are of one file; the next begins with something else, or with nothing."""
    for number, rest in enumerate((b"10:00:00 INFO next order", None)):
        log = node.log(f"cart{number}")
        for line in OBJECT[:2]:
            log.write(line)
        log.rotate()
        if rest:
            log.write(rest)
    at_rest_later(node, node.sweeper(WAITING))
    sources = node.collector.sources()
    texts = [source.get("event.original") or source["message"] for source in sources]
    lines = [line.decode() for line in OBJECT[:2]]
    assert sorted(texts) == sorted([*lines, *lines, "10:00:00 INFO next order"])


def test_lines_that_do_not_go_on_are_their_own(node: Node):
    """The last line of a file waits for the first of the next, and they are two."""
    log = node.log()
    log.write(b"one")
    log.write(b"one", "stderr")
    log.rotate()
    log.write(b"two")
    sweeper = node.sweeper(WAITING)
    at_rest_later(node, sweeper)
    assert sorted(node.collector.texts()) == ["one", "one", "two"]


def at_rest_later(node: Node, sweeper: Sweeper) -> None:
    for _ in range(3):
        send_everything(sweeper, node.collector)
        node.clock.advance(WAITING.group_seconds)
    at_rest(node, sweeper)


def test_a_secret_in_two_files_does_not_leave_the_node(node: Node):
    """It is looked for in the whole line."""
    log = node.log()
    log.write(b"paid with 4111 1111 ", tag="P")
    log.rotate()
    log.write(b"1111 1111 today")
    redactor = Redactor.build(RedactionConfig(), b"k" * 32)
    at_rest(node, node.sweeper(policy=Policy.build(node.clock, redactor=redactor)))
    [text] = node.collector.texts()
    assert text.startswith("paid with [redacted:card:")
    assert "1111" not in text.replace("redacted", "").partition("]")[2]


@pytest.mark.parametrize("level", [b"debug", b"error"])
def test_what_is_left_out_stands_beside_it(node: Node, level: bytes):
    """A joined line is judged as a whole, and keeps its name among those that are left."""
    log = node.log()
    line = JSON % (level, b"begun and ended")
    log.write(line[:40], tag="P")
    rotated = log.rotate()
    log.write(JSON % (b"debug", b"before"), "stderr")
    log.write(line[40:])
    log.write(JSON % (b"error", b"after"))
    ladder = [RungConfig(name="debug", unread=1, shed=[Kind.DEBUG])]
    policy = Policy.build(node.clock, shedding=SheddingConfig(ladder=ladder))
    sweeper = at_rest(node, node.sweeper(policy=policy))
    paths = {s["message"]: s["log.file.path"] for s in node.collector.sources()}
    assert paths.pop("after") == str(log.path)
    assert paths == ({"begun and ended": str(rotated)} if level == b"error" else {})
    assert sweeper.ledger.shed_lines == (1 if level == b"error" else 2)


def test_docker_rotates_by_number(node: Node, tmp_path: Path):
    """All pieces of a line have the time of the first; another time is another line."""
    container = "0c1" * 8
    folder = tmp_path / "docker" / container
    folder.mkdir(parents=True)
    live = folder / f"{container}-json.log"
    first, *lines = (
        docker_line(START, "stdout", "first\n") + docker_line(START + 1, "stdout", "begun "),
        docker_line(START + 1, "stdout", "and ended\n")
        + docker_line(START + 2, "stdout", "alone "),
        docker_line(START + 3, "stdout", "another\n"),
    )
    live.write_bytes(first)
    sweeper = Sweeper(Docker([tmp_path / "docker"], "here"), node.data, "here", LIMITS, node.clock)
    send_everything(sweeper, node.collector)
    for number, line in enumerate(lines, 1):
        for older in range(number - 1, 0, -1):
            live.with_name(f"{live.name}.{older}.gz").rename(f"{live}.{older + 1}.gz")
        live.with_name(f"{live.name}.1.gz").write_bytes(gzip.compress(live.read_bytes()))
        live.unlink()
        live.write_bytes(line)
        send_everything(sweeper, node.collector)
    at_rest(node, sweeper)
    expected: dict[str, Any] = {"first": None, "begun and ended": None, "another": None}
    assert found(node) == expected | {"alone ": ["unfinished_line"]}
