"""
Charges cards through a provider. Its trouble: the provider does not answer every second charge.

A card that ends in 0002 is always declined. The provider's client library writes warnings of its
own to standard error, in plain text.
"""

from __future__ import annotations

import sys

from aiohttp import web

from clew.demo.calls import StepFailedError
from clew.demo.messages import DECLINED_ENDING, Charge, decode_body
from clew.demo.service import Service, Trouble

_WARN_EVERY = 15


class CardDeclinedError(Exception):
    """The card's bank says no."""


class ProviderTimeoutError(Exception):
    """The provider did not answer."""


def routes(service: Service) -> list[web.RouteDef]:
    return [web.post("/charges", Payment(service).charge)]


class Payment:
    def __init__(self, service: Service) -> None:
        self._service, self._log = service, service.log
        self._provider = Provider(service)

    async def charge(self, request: web.Request) -> web.Response:
        charge = await decode_body(request, Charge)
        labels = {"customer": charge.customer, "card_ending": charge.card[-4:]}
        self._log.info(
            "charging %d.%02d EUR to the card of %s",
            *divmod(charge.cents, 100),
            charge.customer,
            extra=labels,
        )
        try:
            authorisation = await self._provider.authorise(charge)
        except (CardDeclinedError, ProviderTimeoutError) as error:
            self._log.exception("charge failed: %s", error, extra=labels)
            status = 402 if isinstance(error, CardDeclinedError) else 502
            reason = f"{type(error).__name__}: {error}"
            raise StepFailedError(status, self._service.name, reason) from error
        self._log.info("charged, authorisation %s", authorisation)
        return web.json_response({"authorisation": authorisation})


class Provider:
    """The client library of the payment provider, and the provider."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._charges = self._troubled = 0

    async def authorise(self, charge: Charge) -> str:
        self._charges += 1
        if self._charges % _WARN_EVERY == 1:
            sys.stderr.write("provider-sdk: warning: TLS certificate expires in 12 days\n")
            sys.stderr.flush()
        await self._service.work(0.010, 0.050)
        await self._answer()
        if charge.card.endswith(DECLINED_ENDING):
            raise CardDeclinedError(f"card ending in {DECLINED_ENDING}: insufficient funds")
        return f"AU{self._service.random.randrange(10**8):08d}"

    async def _answer(self) -> None:
        trouble = self._service.trouble()
        if trouble is Trouble.TIMETABLE:
            self._troubled += 1
        if trouble is Trouble.FORCED or (trouble and self._troubled % 2 == 1):
            reset = ConnectionResetError("connection closed by api.provider.example")
            raise ProviderTimeoutError("no answer from the provider") from reset
