"""Up to which time everything is stored, whatever happens to the files in the meantime."""

from __future__ import annotations

import pytest

from agent.reporting import build_report
from agent.sweep import Sweeper
from agent.watermark import Watermark
from clew.schema.timestamps import SECOND
from tests.support.documents import NOON
from tests.support.log_files import LogWriter, cri_line
from tests.support.memory_collector import send, send_everything
from tests.support.node import UNFINISHED_AFTER_SECONDS, Node


def one_look(node: Node, sweeper: Sweeper) -> int:
    """A second later: look, and send what there is; the time of that look."""
    node.clock.advance(1)
    send_everything(sweeper, node.collector)
    return node.clock.now()


def behind(node: Node, sweeper: Sweeper) -> float:
    return sweeper.watermark.behind_seconds(node.clock.now())


def test_it_is_not_known_before_everything_of_the_first_look_is_stored(node: Node):
    node.log().write(b"one")
    sweeper = node.sweeper()
    assert sweeper.watermark.time == 0
    sweeper.look()
    outgoing = sweeper.collect()
    assert outgoing is not None
    assert sweeper.watermark.time == 0
    send(sweeper, outgoing, node.collector)
    assert sweeper.watermark.time == NOON


def test_without_a_file_it_is_the_last_look(node: Node):
    sweeper = node.sweeper()
    assert one_look(node, sweeper) == sweeper.watermark.time
    assert one_look(node, sweeper) == sweeper.watermark.time
    assert behind(node, sweeper) == 0


def test_files_that_grow_before_every_look_do_not_keep_it_back(node: Node):
    """At no moment is there nothing unread, and still each look is reached after the next one."""
    log = node.log()
    sweeper = node.sweeper()
    looks = []
    for number in range(5):
        log.write(b"%d" % number)
        node.clock.advance(1)
        sweeper.look()
        looks.append(node.clock.now())
        outgoing = sweeper.collect()
        assert outgoing is not None
        log.write(b"in between")
        sweeper.look()
        send(sweeper, outgoing, node.collector)
        assert sweeper.watch.unread_bytes > 0
        assert sweeper.watermark.time == looks[-1]


def test_one_file_that_is_held_keeps_it_where_it_was(node: Node):
    """However much of the others is stored; when it is taken, the time of a later look counts."""
    held, other = node.log("cart"), node.log("stock")
    held.write(b"one")
    sweeper = node.sweeper()
    before = one_look(node, sweeper)
    node.collector.held = {str(held.path)}
    held.write(b"two")
    for number in range(3):
        other.write(b"%d" % number)
        one_look(node, sweeper)
        assert sweeper.watermark.time == before
    assert behind(node, sweeper) == 3
    node.collector.held = set()
    one_look(node, sweeper)
    assert one_look(node, sweeper) == sweeper.watermark.time
    assert behind(node, sweeper) == 0


def test_what_is_on_the_way_is_behind_also_without_a_look(node: Node):
    """A collector that does not answer keeps the agent from looking; time passes all the same."""
    log = node.log()
    sweeper = node.sweeper()
    one_look(node, sweeper)
    log.write(b"one")
    sweeper.look()
    assert sweeper.collect() is not None
    node.clock.advance(60)
    assert behind(node, sweeper) == 60


def test_behind_counts_from_the_first_look_while_nothing_is_known(node: Node):
    node.log().write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    node.clock.advance(7)
    assert (sweeper.watermark.time, behind(node, sweeper)) == (0, 7)


@pytest.mark.parametrize("rest", [cri_line(NOON, "stdout", "F", b"half")[:-3], b"\0" * 4096])
def test_a_torn_last_line_of_a_dead_container_does_not_hold_it(node: Node, rest: bytes):
    """The bytes stay unread for ever, and no line is in them."""
    log = node.log()
    log.write(b"one")
    log.append(rest)
    sweeper = node.sweeper()
    assert one_look(node, sweeper) == sweeper.watermark.time
    assert one_look(node, sweeper) == sweeper.watermark.time
    assert sweeper.watch.unread_bytes == len(rest)


def test_a_line_that_is_finished_late_counts_from_its_end_on(node: Node):
    log = node.log()
    line = cri_line(NOON, "stdout", "F", b"slow")
    log.write(b"one")
    log.append(line[:-3])
    sweeper = node.sweeper()
    before = one_look(node, sweeper)
    log.append(line[-3:])
    node.clock.advance(1)
    sweeper.look()
    assert sweeper.watermark.time == before
    assert one_look(node, sweeper) == node.clock.now()
    assert "slow" in node.collector.texts()


def test_a_piece_whose_rest_does_not_come_does_not_hold_it(node: Node):
    log = node.log()
    log.write(b"begun", tag="P")
    sweeper = node.sweeper()
    assert one_look(node, sweeper) == sweeper.watermark.time
    node.clock.advance(UNFINISHED_AFTER_SECONDS)
    assert one_look(node, sweeper) == sweeper.watermark.time


def missed_once(log: LogWriter) -> None:
    """The file is under a name that no listing has, as while the kubelet renames it."""
    log.path.rename(log.folder / "elsewhere")


def test_a_look_that_missed_a_file_says_nothing(node: Node):
    """What is in a file between two of its names, nobody has seen: the watermark stays."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    before = one_look(node, sweeper)
    log.write(b"two")
    missed_once(log)
    one_look(node, sweeper)
    assert sweeper.watermark.time == before
    (log.folder / "elsewhere").rename(log.path)
    assert one_look(node, sweeper) == sweeper.watermark.time
    assert node.collector.texts() == ["one", "two"]


def test_a_rotation_holds_it_until_both_files_are_stored(node: Node):
    """Of lines with which nothing goes on: others wait for the file before them."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    before = one_look(node, sweeper)
    log.write(b'{"message":"two"}')
    rotated = log.rotate()
    log.write(b"three")
    node.collector.held = {str(rotated)}
    one_look(node, sweeper)
    assert "three" in node.collector.texts()
    assert sweeper.watermark.time == before
    node.collector.held = set()
    one_look(node, sweeper)
    log.compress(rotated)
    assert one_look(node, sweeper) == sweeper.watermark.time
    assert sorted(node.collector.texts()) == ["one", "three", "two"]


def test_a_file_that_is_gone_before_it_was_read_holds_it_until_it_is_a_gap(node: Node):
    """An agent that finds it gone at its start waits for a second look before it says so."""
    log = node.log()
    log.write(b"two")
    sweeper = node.sweeper()
    sweeper.look()
    sweeper.save()
    log.path.unlink()
    sweeper = node.sweeper()
    one_look(node, sweeper)
    assert (sweeper.watermark.time, sweeper.ledger.gap_count) == (0, 0)
    found = one_look(node, sweeper)
    assert [gap.time for gap in sweeper.ledger.gaps] == [found]
    assert one_look(node, sweeper) == sweeper.watermark.time


def test_a_file_that_is_gone_with_a_range_in_flight_holds_it_until_that_is_stored(node: Node):
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    before = one_look(node, sweeper)
    node.collector.held = {str(log.path)}
    log.write(b"two")
    one_look(node, sweeper)
    log.path.unlink()
    for _ in range(3):
        one_look(node, sweeper)
    assert (sweeper.watermark.time, sweeper.ledger.gap_count) == (before, 0)
    node.collector.held = set()
    one_look(node, sweeper)
    assert one_look(node, sweeper) == sweeper.watermark.time
    assert node.collector.texts() == ["one", "two"]


def test_a_file_that_cannot_be_read_holds_nothing_and_is_counted(node: Node):
    """Once it can be read again it counts as left out until all of it is stored."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    one_look(node, sweeper)
    content = log.path.read_bytes()
    log.path.unlink()
    log.path.mkdir()
    time = one_look(node, sweeper)
    assert (sweeper.watermark.time, sweeper.watermark.unreadable) == (time, 1)
    log.path.rmdir()
    log.path.write_bytes(content + cri_line(NOON, "stdout", "F", b"two"))
    node.collector.held = {str(log.path)}
    one_look(node, sweeper)
    assert (sweeper.watermark.time, sweeper.watermark.unreadable) == (time, 1)
    node.collector.held = set()
    one_look(node, sweeper)
    time = one_look(node, sweeper)
    assert (sweeper.watermark.time, sweeper.watermark.unreadable) == (time, 0)


def reported(sweeper: Sweeper) -> tuple[int, int]:
    """Up to which time everything is stored but for so many files."""
    report = build_report(sweeper, "node", "", 1, ended=False)
    return report.delivered_up_to, report.unreadable_files


def test_a_file_that_cannot_be_read_for_a_while_counts_until_it_is_stored(node: Node):
    """The look that saw it readable passes without it, and must not claim what it had by then."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    one_look(node, sweeper)
    node.collector.held = {str(log.path)}
    log.write(b"two")
    time = one_look(node, sweeper)
    content = log.path.read_bytes()
    log.path.unlink()
    log.path.mkdir()
    one_look(node, sweeper)
    assert reported(sweeper) == (time, 1)
    log.path.rmdir()
    log.path.write_bytes(content)
    one_look(node, sweeper)
    assert reported(sweeper) == (time, 1)
    node.collector.held = set()
    one_look(node, sweeper)
    time = one_look(node, sweeper)
    assert reported(sweeper) == (time, 0)
    assert node.collector.texts() == ["one", "two"]


def test_of_a_folder_that_cannot_be_read_for_a_while_all_files_are_left_out_together():
    """As a look itself counts it."""
    watermark, hides = Watermark(), True

    def hidden_by(name: str) -> str | None:
        return "/pods/cart" if hides and name != "stock" else None

    stored: set[str] = set()
    watermark.looked(SECOND, dict.fromkeys(["a", "b", "stock"], 1), ["/pods/other"])
    watermark.advance(lambda name, _: name not in stored, hidden_by, busy=False)
    assert watermark.time == 0
    hides = False
    stored = {"stock"}
    watermark.advance(lambda name, _: name not in stored, hidden_by, busy=False)
    assert (watermark.time, watermark.unreadable) == (SECOND, 2)


def test_a_link_that_leads_nowhere_does_not_hold_it(node: Node):
    """What Docker leaves behind of a container that was removed."""
    (node.log().folder / "1.log").symlink_to(node.pods / "nowhere")
    sweeper = node.sweeper()
    assert one_look(node, sweeper) == sweeper.watermark.time


def test_after_a_restart_it_is_not_known_until_all_of_a_look_is_stored(node: Node):
    """The new process may have files before it that the old one never saw."""
    log = node.log()
    log.write(b"one")
    one_look(node, node.sweeper())
    log.write(b"two")
    again = node.sweeper()
    assert again.watermark.time == 0
    assert one_look(node, again) == again.watermark.time


def test_another_store_has_nothing_yet(node: Node):
    node.log().write(b"one")
    sweeper = node.sweeper()
    sweeper.meet("first")
    one_look(node, sweeper)
    sweeper.meet("second")
    assert sweeper.watermark.time == 0


def hidden_by_nothing(_: str) -> str | None:
    return None


def test_while_one_look_is_waited_for_the_next_ones_are_not():
    """Else the target would run away from who follows it."""
    watermark = Watermark()
    stored = 0

    def waits(_: str, size: int) -> bool:
        return stored < size

    for second in range(1, 4):
        watermark.looked(second * SECOND, {"a": second}, ())
        watermark.advance(waits, hidden_by_nothing, busy=True)
    stored = 1
    watermark.advance(waits, hidden_by_nothing, busy=True)
    assert watermark.time == SECOND
