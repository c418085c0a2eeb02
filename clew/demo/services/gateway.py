"""
The way in: gives each order its number, passes it on, and writes the access line.

The order number is the business transaction: it is set here, so that every line of every service
has it. A request may bring its own `traceparent`, and in `x-demo-fault` the name of
the service that shall fail for it.
"""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web

from clew.demo.calls import StepFailedError
from clew.demo.messages import FAULT_HEADER, Purchase, decode_body
from clew.demo.order_numbers import OrderNumbers
from clew.demo.service import Service
from clew.demo.tracing import carrying_fault, current_trace
from clew.runtime.clock import SYSTEM_CLOCK, Clock
from clew.schema.timestamps import SECOND
from clew_logging import transaction


def routes(service: Service) -> list[web.RouteDef]:
    return [web.post("/orders", Gateway(service).place_order)]


class Gateway:
    def __init__(self, service: Service, clock: Clock = SYSTEM_CLOCK) -> None:
        self._service, self._clock = service, clock
        self._numbers = OrderNumbers(service.state / "order-number")

    async def place_order(self, request: web.Request) -> web.Response:
        started = self._clock.monotonic()
        purchase = await decode_body(request, Purchase)
        number = self._numbers.take()
        with transaction(number), carrying_fault(request.headers.get(FAULT_HEADER)):
            self._service.log.info(
                "order %s received from %s",
                number,
                purchase.customer,
                extra={"order_id": number, "customer": purchase.customer},
            )
            status, answer = await self._pass_on(purchase)
            self._write_access(request, status, self._clock.monotonic() - started, purchase)
        answer |= {"order": number, "trace": current_trace()}
        return web.json_response(answer, status=status)

    async def _pass_on(self, purchase: Purchase) -> tuple[int, dict[str, Any]]:
        body = {"customer": purchase.customer, "card": purchase.card, "items": purchase.items}
        try:
            return 201, await self._service.call("order", "POST", "/orders", body, 20.0)
        except StepFailedError as failure:
            return failure.status, {"error": failure.reason, "failed_service": failure.service}

    def _write_access(
        self, request: web.Request, status: int, seconds: float, purchase: Purchase
    ) -> None:
        level = logging.INFO if status < 400 else logging.WARNING
        self._service.log.getChild("access").log(
            level,
            "%s %s %d in %d ms",
            request.method,
            request.path,
            status,
            round(seconds * 1000),
            extra={
                "http.request.method": request.method,
                "url.path": request.path,
                "http.response.status_code": status,
                "event.duration": int(seconds * SECOND),
                "customer": purchase.customer,
            },
        )
