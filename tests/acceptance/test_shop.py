"""The demo shop from the wheel: real processes, and what they leave on disk."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from clew.demo.config import ShopConfig
from clew.demo.faults import NO_FAULTS, Fault, Timetable
from clew.demo.registry import REGISTRY_FILE, SERVICES, read_registry
from clew.schema.record import decode_canonical
from tests.support.shop import ShopRun, run_shop_once
from tests.support.wheel import Installation

PAYMENT, STOCK, SHIPPING = 5, 9, 19
"""Positions of the orders that ask for a fault. Two more have a declined card."""


@pytest.fixture(scope="module")
def run(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> ShopRun:
    """Twenty orders at twenty a second. Shipping dies at the last one, so nobody misses it."""
    directory = tmp_path_factory.mktemp("shop")
    forced = {PAYMENT: "payment", STOCK: "stock", SHIPPING: "shipping"}
    config = ShopConfig(
        directory / "pods", directory / "state", 20.0, 20, faults=NO_FAULTS, forced=forced
    )
    return run_shop_once(config, installation)


def lines_by_service(run: ShopRun, transaction: str | None) -> dict[str, list[dict[str, Any]]]:
    lines = defaultdict(list)
    for fields in run.lines_of(transaction):
        lines[fields["service.name"]].append(fields)
    return dict(lines)


def errors(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [fields for fields in lines if fields["log.level"] == "ERROR"]


def forced(run: ShopRun, service: str) -> str:
    """The transaction of the order that asked for this service's fault."""
    [order] = [order for order in run.orders if order.forced == service]
    assert order.outcome == "failed"
    assert order.failed_service == service
    assert order.transaction is not None
    return order.transaction


def test_every_order_is_answered(run: ShopRun) -> None:
    """The journal tells of each order once: 15 confirmed, two declined cards, three faults."""
    assert len({order.transaction for order in run.orders}) == 20
    assert [order.outcome for order in run.orders].count("confirmed") == 15
    failed = sorted(str(order.failed_service) for order in run.orders if order.failed_service)
    assert failed == ["payment"] * 3 + ["shipping", "stock"]


def test_an_order_is_in_the_logs_of_every_service(run: ShopRun) -> None:
    """A confirmed order has lines of all five services, all with the one trace ID it was told."""
    for order in run.orders:
        if order.outcome == "confirmed":
            lines = lines_by_service(run, order.transaction)
            assert set(lines) == set(SERVICES)
            assert {f["trace.id"] for each in lines.values() for f in each} == {order.trace}
            assert not [f for each in lines.values() for f in errors(each)]


def test_every_parent_spoke(run: ShopRun) -> None:
    """A line's parent is the span of a line of the calling service."""
    callers = {"order": "gateway", "stock": "order", "payment": "order", "shipping": "order"}
    for order in run.orders:
        lines = run.lines_of(order.transaction)
        service_of = {fields["span.id"]: fields["service.name"] for fields in lines}
        for fields in lines:
            caller = callers.get(fields["service.name"])
            assert service_of.get(fields.get("parent.id")) == caller


def test_every_line_of_the_log_is_canonical(run: ShopRun) -> None:
    """All but the banner and the library on standard error goes through the agent unchanged."""
    others = [line for line in run.lines if decode_canonical(line.content) is None]
    assert {(line.container, line.stream) for line in others} == {
        ("shipping", "stdout"),
        ("payment", "stderr"),
    }
    assert not [line for line in others if line.content.startswith(b"{")]


def test_a_long_line_is_in_pieces(run: ShopRun) -> None:
    """Stock's inventory is longer than containerd lets a line be."""
    [inventory] = [line for line in run.lines if line.pieces > 1]
    assert inventory.container == "stock"
    assert len(inventory.content) > 16 * 1024
    assert inventory.fields["message"].startswith("inventory: ")


def test_failing_payment(run: ShopRun) -> None:
    """Payment tells the exception with its stack; its callers tell whom they called."""
    lines = lines_by_service(run, forced(run, "payment"))
    [error] = errors(lines["payment"])
    assert error["error.type"] == "ProviderTimeoutError"
    assert "ConnectionResetError" in error["error.stack_trace"]
    assert [f["destination.service"] for f in errors(lines["order"])] == ["payment"]
    assert [f["destination.service"] for f in errors(lines["gateway"])] == ["order"]
    assert "shipping" not in lines
    [access] = [f for f in lines["gateway"] if f["log.logger"] == "shop.gateway.access"]
    assert access["http.response.status_code"] == 502


def test_slow_stock(run: ShopRun) -> None:
    """Order gives up waiting; stock, which made no error, finishes afterwards."""
    lines = lines_by_service(run, forced(run, "stock"))
    [error] = errors(lines["order"])
    assert error["error.type"] == "TimeoutError"
    assert error["destination.service"] == "stock"
    assert not errors(lines["stock"])
    [reserved] = [f for f in lines["stock"] if f["message"] == "reserved"]
    assert reserved["@timestamp"] > error["@timestamp"]
    assert reserved["event.duration"] > 2_000_000_000


def test_shipping_dies_at_work(run: ShopRun) -> None:
    """A killed process has no last words: only its caller knows."""
    lines = lines_by_service(run, forced(run, "shipping"))
    assert not errors(lines["shipping"])
    [error] = errors(lines["order"])
    assert error["destination.service"] == "shipping"
    assert error["error.type"] == "ServerDisconnectedError"


def test_dead_shipping_comes_back(installation: Installation, tmp_path: Path) -> None:
    """
    While it is dead its callers are refused; its next life has a log file of its own. The next run
    goes on with the same pods, the next numbers, and other orders.
    """
    dead = Timetable(3600.0, (Fault("shipping", 0, 1.5),))
    config = ShopConfig(tmp_path / "pods", tmp_path / "state", 6.0, 15, faults=dead)
    run = run_shop_once(config, installation)

    first, last = run.orders[0], run.orders[-1]
    assert first.failed_service == "shipping"
    assert last.outcome == "confirmed"
    [error] = errors(lines_by_service(run, first.transaction)["order"])
    assert error["error.type"] == "ClientConnectorError"
    logs = sorted(tmp_path.glob("pods/*/shipping/*.log"))
    assert [log.name for log in logs] == ["0.log", "1.log"]
    assert [line.file for line in run.lines if line.fields in run.lines_of(last.transaction)]

    config = ShopConfig(tmp_path / "pods", tmp_path / "state", 20.0, 2, faults=NO_FAULTS)
    again = run_shop_once(config, installation)
    assert len({order.transaction for order in again.orders}) == 17
    assert len(list((tmp_path / "pods").glob("shop_*"))) == 5
    # The kubelet keeps one terminated container.
    assert sorted(log.name for log in logs[0].parent.iterdir()) == ["1.log", "2.log"]


@contextmanager
def open_shop(installation: Installation, logs: Path) -> Iterator[subprocess.Popen[str]]:
    """`clew demo`, from the first answered order on."""
    with subprocess.Popen(
        [installation.clew, "demo", "--logs", logs, "--rate", "10", "--json"],
        cwd=installation.directory,
        env=installation.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as shop:
        try:
            assert shop.stdout is not None
            for line in shop.stdout:
                if json.loads(line)["event"] == "order_answered":
                    break
            yield shop
        finally:
            shop.kill()


def addresses(logs: Path) -> list[tuple[str, int]]:
    urls = read_registry(logs / ".shop" / REGISTRY_FILE).addresses.values()
    parts = [urlsplit(url) for url in urls]
    return [(str(part.hostname), int(part.port or 0)) for part in parts]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_five_seconds(
    installation: Installation, tmp_path: Path, number: signal.Signals
) -> None:
    """Asked to stop, the shop answers what was ordered, closes, and leaves no process."""
    with open_shop(installation, tmp_path) as shop:
        services = addresses(tmp_path)
        shop.send_signal(number)
        assert shop.wait(timeout=5) == 0
    assert len(services) == len(SERVICES)
    for address in services:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
    run = ShopRun(tmp_path, tmp_path / ".shop")
    assert "unanswered" not in {order.outcome for order in run.orders}
    closed = [line for line in run.lines if line.fields.get("message", "").endswith(" closes")]
    assert len(closed) == len(SERVICES)


def test_no_service_outlives_the_shop(installation: Installation, tmp_path: Path) -> None:
    """When the shop is killed and can't stop anything, its services end by themselves."""
    with open_shop(installation, tmp_path) as shop:
        connections = [socket.create_connection(each, timeout=5) for each in addresses(tmp_path)]
        shop.kill()
        for connection in connections:
            with connection:
                try:
                    assert connection.recv(1) == b""
                except ConnectionResetError:
                    continue  # an end too
