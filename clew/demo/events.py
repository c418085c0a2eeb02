"""What happens in the shop, for whoever wants to tell of it. This one tells nobody."""

from __future__ import annotations

from pathlib import Path

from clew.demo.orders import Order


class ShopEvents:
    def shop_opened(self, gateway: str, logs: Path) -> None:
        """All services answer; orders begin to arrive."""

    def fault_began(self, service: str) -> None:
        """The timetable put a service in trouble."""

    def fault_ended(self, service: str) -> None:
        """The service is well again."""

    def container_died(self, service: str, exit_code: int) -> None:
        """A container ended by itself, or was killed by a fault; a negative code is a signal."""

    def order_answered(self, order: Order) -> None:
        """A customer has an answer, or gave up waiting for one."""
