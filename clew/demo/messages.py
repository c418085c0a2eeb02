"""What the services say to each other: JSON bodies, decoded where they arrive."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web

T = TypeVar("T")

FAULT_HEADER = "x-demo-fault"
"""Names the service that shall fail for this request alone."""

DECLINED_ENDING = "0002"
"""How the number of a card ends that every bank declines."""


class Purchase(msgspec.Struct):
    """POST /orders of the gateway and of order. `items` maps articles to how many."""

    customer: str
    card: str
    items: dict[str, int]


class Reservation(msgspec.Struct):
    """POST /reservations of stock; DELETE takes it back."""

    items: dict[str, int]


class Charge(msgspec.Struct):
    """POST /charges of payment."""

    customer: str
    card: str
    cents: int


class Parcel(msgspec.Struct):
    """POST /parcels of shipping."""

    customer: str
    pieces: int


async def decode_body(request: web.Request, shape: type[T]) -> T:
    """The body of a request; web.HTTPBadRequest with what is wrong with it."""
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest(text=str(error)) from error
