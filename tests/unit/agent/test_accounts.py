"""The books of a container: what it wrote is somewhere, at any moment."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from agent.accounts import Balance
from agent.books import Books
from agent.ledger import GapReason
from agent.outbox.sending import HELD_FOR_SECONDS
from agent.rescue.keeping import QUIET_SECONDS
from agent.sweep import Sweeper
from tests.support.log_files import LogWriter
from tests.support.memory_collector import send, send_everything
from tests.support.node import Node


def balance(sweeper: Sweeper) -> Balance:
    (found,) = sweeper.watch.balances()
    assert (found.bytes_missing, found.lines_missing) == (0, 0)
    return found


def test_what_a_container_wrote_is_somewhere(node: Node):
    """Unread, in flight, stored: each line is in one of them."""
    log = node.log()
    log.write(b"one")
    log.write(b"two ", tag="P")
    log.write(b"halves")
    log.append(b"garbage\n")
    size = log.append(b"")
    sweeper = node.sweeper()
    sweeper.look()
    assert balance(sweeper).unread_bytes == size
    outgoing = sweeper.collect()
    assert outgoing is not None
    found = balance(sweeper)
    assert (found.unread_bytes, found.in_flight_bytes, found.in_flight_records) == (0, size, 3)
    send(sweeper, outgoing, node.collector)
    account = balance(sweeper).account
    assert (account.written_bytes, account.stored_bytes) == (size, size)
    assert (account.stored_lines, account.joined_pieces) == (4, 1)
    assert (account.indexed, account.quarantined) == (2, 1)


def test_an_account_is_of_a_container_and_all_its_files(node: Node):
    """Rotated ones and those of its restarts."""
    log = node.log()
    log.write(b"one")
    log.rotate()
    log.write(b"two")
    log.restart()
    log.write(b"three")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    assert balance(sweeper).account.indexed == 3


def test_accounts_outlive_a_crash(node: Node):
    """As of the checkpoint; what came after it is told anew."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.write(b"two")
    sweeper.look()
    sweeper.collect()
    again = node.sweeper()
    balance(again)
    send_everything(again, node.collector)
    account = balance(again).account
    assert (account.indexed, account.written_bytes) == (2, log.append(b""))


def test_a_gap_is_in_the_account(node: Node):
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.write(b"two")
    sweeper.look()
    log.truncate()
    log.write(b"a new beginning")
    sweeper.look()
    sweeper.look()
    assert [gap.reason for gap in sweeper.ledger.gaps] == [GapReason.TRUNCATED]
    account = balance(sweeper).account
    assert (account.gap_count, account.gap_bytes) == (1, sweeper.ledger.gap_bytes)


def test_an_account_is_closed_with_the_last_file(node: Node):
    """Nothing grows with the pods that were there once."""
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    log.path.unlink()
    for _ in range(3):
        send_everything(sweeper, node.collector)
        node.clock.advance(QUIET_SECONDS)
    assert sweeper.watch.balances() == []
    sweeper.save()
    assert node.remembered().accounts == {}


def test_held_ranges_are_in_flight(node: Node):
    log = node.log()
    log.write(b"one")
    sweeper = node.sweeper()
    node.collector.held = {str(log.path)}
    send_everything(sweeper, node.collector)
    assert balance(sweeper).in_flight_records == 1
    node.collector.held = set()
    node.clock.advance(HELD_FOR_SECONDS)
    send_everything(sweeper, node.collector)
    assert balance(sweeper).in_flight_records == 0


def test_the_series_of_a_container(node: Node):
    """They are of one moment, and go with the container."""
    node.log().write(b"one")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    registry, books = CollectorRegistry(), Books()
    registry.register(books)
    books.show(sweeper.watch.balances())
    shown = generate_latest(registry).decode()
    labels = 'container="cart",namespace="shop",pod="cart-0"'
    size = sweeper.ledger.bytes_read
    assert f"clew_agent_container_written_bytes_total{{{labels}}} {float(size)}" in shown
    assert f"clew_agent_container_unread_bytes{{{labels}}} 0.0" in shown
    outcome = 'container="cart",namespace="shop",outcome="indexed",pod="cart-0"'
    assert f"clew_agent_container_records_total{{{outcome}}} 1.0" in shown
    books.show([])
    assert "{" not in generate_latest(registry).decode()


def test_pods_of_one_name_are_one_series(node: Node):
    """A pod of a StatefulSet comes anew under its name, while files of the old one are there."""
    node.log().write(b"one")
    node.logs.append(LogWriter(node.pods, "shop_cart-0_0c2"))
    node.logs[1].write(b"two")
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    registry, books = CollectorRegistry(), Books()
    registry.register(books)
    books.show(sweeper.watch.balances())
    assert len(sweeper.watch.balances()) == 2
    labels = {"namespace": "shop", "pod": "cart-0", "container": "cart"}
    shown = [
        sample
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "clew_agent_container_stored_lines_total"
    ]
    assert [(sample.labels, sample.value) for sample in shown] == [(labels, 2)]
