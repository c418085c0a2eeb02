"""`clew demo`: the demo shop alone, writing container logs into a folder."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click
import msgspec

from clew.demo.config import ShopConfig
from clew.demo.events import ShopEvents
from clew.demo.faults import DESCRIPTIONS
from clew.demo.orders import Order
from clew.demo.shop import run_shop
from clew.runtime import tasks


class TextEvents(ShopEvents):
    """For people."""

    def shop_opened(self, gateway: str, logs: Path) -> None:
        click.echo(f"The shop is open at {gateway}/orders, its container logs are in {logs}")
        click.echo("Stop it with Ctrl-C.")

    def fault_began(self, service: str) -> None:
        click.echo(f"-- {DESCRIPTIONS[service]}")

    def fault_ended(self, service: str) -> None:
        click.echo(f"-- {service} is well again")

    def container_died(self, service: str, exit_code: int) -> None:
        click.echo(f"-- container {service} ended with {exit_code}")

    def order_answered(self, order: Order) -> None:
        where = f" at {order.failed_service}: {order.reason}" if order.failed_service else ""
        click.echo(f"{order.transaction or '-'}  {order.outcome}{where}")


class JsonEvents(ShopEvents):
    """For programs: one object a line, `event` says which."""

    def shop_opened(self, gateway: str, logs: Path) -> None:
        _echo_json("shop_opened", {"gateway": gateway, "logs": str(logs)})

    def fault_began(self, service: str) -> None:
        _echo_json("fault_began", {"service": service})

    def fault_ended(self, service: str) -> None:
        _echo_json("fault_ended", {"service": service})

    def container_died(self, service: str, exit_code: int) -> None:
        _echo_json("container_died", {"service": service, "exit_code": exit_code})

    def order_answered(self, order: Order) -> None:
        _echo_json("order_answered", msgspec.to_builtins(order))


def _echo_json(event: str, facts: dict[str, Any]) -> None:
    click.echo(json.dumps({"event": event, **facts}))


@click.command(
    epilog="""\b
Examples:
  clew demo --logs ./pods
  clew demo --logs ./pods --orders 50 --rate 20 && clew up --logs ./pods --data ./data --once
"""
)
@click.option(
    "--logs",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write the container logs into, as under /var/log/pods.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True, max=100),
    default=2.0,
    show_default=True,
    help="Orders a second.",
)
@click.option("--orders", type=click.IntRange(min=1), help="Close after so many orders.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides who orders what.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def demo(logs: Path, rate: float, orders: int | None, seed: int, as_json: bool) -> None:
    """
    Run a small shop of five services that call each other, log, and fail now and then.

    It goes on until Ctrl-C, or until --orders are answered; a second run goes on with the same
    pods. What became of each order is in LOGS/.shop/orders.jsonl.
    """
    config = ShopConfig(logs=logs, state=logs / ".shop", rate=rate, orders=orders, seed=seed)
    events = JsonEvents() if as_json else TextEvents()

    async def main(stop: asyncio.Event) -> int:
        await run_shop(config, stop, events)
        return 0

    raise SystemExit(tasks.run(main))
