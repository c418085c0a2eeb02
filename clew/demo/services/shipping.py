"""
Packs parcels. Its trouble: it dies. The shop kills it for a while, or a request does for good.

It greets in plain text before its log is set up, as programs do.
"""

from __future__ import annotations

import os
import signal
import sys

from aiohttp import web

from clew.demo.messages import Parcel, decode_body
from clew.demo.service import Service, Trouble

_BANNER = r"""
   _____ __    _             _
  / ___// /_  (_)___  ____  (_)___  ____ _
  \__ \/ __ \/ / __ \/ __ \/ / __ \/ __ `/
 ___/ / / / / / /_/ / /_/ / / / / / /_/ /
/____/_/ /_/_/ .___/ .___/_/_/ /_/\__, /
            /_/   /_/            /____/   :: parcels since 1987 ::
"""


def routes(service: Service) -> list[web.RouteDef]:
    sys.stdout.write(_BANNER)
    sys.stdout.flush()
    return [web.post("/parcels", Shipping(service).dispatch)]


class Shipping:
    def __init__(self, service: Service) -> None:
        self._service, self._log = service, service.log

    async def dispatch(self, request: web.Request) -> web.Response:
        parcel = await decode_body(request, Parcel)
        self._log.info("packing %d pieces for %s", parcel.pieces, parcel.customer)
        if self._service.trouble() is Trouble.FORCED:
            os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when memory runs out
        await self._service.work(0.005, 0.025)
        tracking = f"TR{self._service.random.randrange(10**9):09d}"
        self._log.info(
            "parcel handed over, tracking %s",
            tracking,
            extra={"tracking": tracking, "customer": parcel.customer},
        )
        return web.json_response({"tracking": tracking})
