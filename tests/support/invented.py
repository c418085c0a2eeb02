"""
Invented transactions of a small shop: one of each kind that an answer has to cope with.

Everything hangs on `START`; the shop's services log canonical lines with spans.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clew.schema.document import Collection, Document
from clew.schema.timestamps import parse_rfc3339
from tests.support.documents import document

START = parse_rfc3339("2023-01-29T08:42:09.000001234Z")
MILLISECOND = 1_000_000

FAILED = "ORDER-4711"
FINE = "ORDER-4712"
LONG = "ORDER-9000"
LONG_LINES = 4_000
HOSTILE = 'x"><script>alert(1)</script>'
AWKWARD = "a/b c%2F?d#e&f.json"
HUB = "user-17"
HUB_TRACES = 300
MENTIONED = "lock-9"

REASON = "com.shop.CardRefused: the issuer refused card ************4242"
STACK_TRACE = f"""{REASON}
\tat com.shop.payment.Issuer.charge(Issuer.java:88)
\tat com.shop.payment.Payments.pay(Payments.java:41)
Caused by: java.net.SocketTimeoutException: Read timed out
\tat java.base/java.net.Socket.read(Socket.java:1024)
\t... 12 more"""

HOSTILE_MESSAGE = (
    "<script>document.title='broken out'</script></td></table>"
    "<img src=x onerror=\"document.title='broken out'\">"
    "\x1b]0;broken out\x07\x1b[2J \N{RIGHT-TO-LEFT OVERRIDE}reversed\x00 {{ 7 * 7 }}"
)


@dataclass
class Shop:
    """Writes lines of transactions; `documents` are all of them. Its pods share a `suffix`."""

    suffix: str = "x2x9k"
    documents: list[Document] = field(default_factory=list)
    _offsets: dict[str, int] = field(default_factory=dict)

    def say(
        self,
        service: str,
        milliseconds: float,
        message: str,
        *,
        collection: Collection = Collection.LOGS,
        **more: Any,
    ) -> None:
        """One line; keywords are fields, `_` stands for `.` and `__` for `_`."""
        pod = f"{service}-7d9f8c6b5-{self.suffix}"
        offset = self._offsets.get(service, 0)
        self._offsets[service] = offset + 200
        fields = {
            "service.name": service,
            "kubernetes.pod.name": pod,
            "kubernetes.node.name": "node-a",
            "kubernetes.container.name": service,
            "log.level": "info",
            "clew.severity": 9,
            "message": message,
        } | {_dotted(name): value for name, value in more.items()}
        self.documents.append(
            document(
                offset,
                fields,
                time=START + round(milliseconds * MILLISECOND),
                container=f"shop_{pod}_0c1/{service}/0",
                collection=collection,
            )
        )


ERROR: dict[str, Any] = {"log_level": "error", "clew_severity": 17}
WARN: dict[str, Any] = {"log_level": "warn", "clew_severity": 13}


def shop_documents() -> list[Document]:
    """Every transaction named above, and a dozen ordinary ones after them."""
    shop = Shop()
    _failed(shop)
    for number in range(12):
        _fine(shop, f"ORDER-{4712 + number}", 700 + 900 * number, slow=number == 5)
    _hostile(shop)
    _awkward(shop)
    return shop.documents


def long_documents() -> list[Document]:
    """One transaction of LONG_LINES lines, whose last line is the failing one."""
    shop = Shop("lo2ng")
    ids: dict[str, Any] = {"clew_transaction": LONG, "trace_id": _trace(9000)}
    for number in range(LONG_LINES - 1):
        shop.say(("import", "mapper")[number // 50 % 2], number, f"row {number}", **ids)
    shop.say("mapper", LONG_LINES, "the last row is too wide", **ids, **ERROR)
    return shop.documents


def hub_documents() -> list[Document]:
    """One user's label in HUB_TRACES traces, and an ID that is nobody's in the text of each."""
    shop = Shop("hu8bs")
    for number in range(HUB_TRACES):
        ids: dict[str, Any] = {"trace_id": _trace(number), "labels": {"user": HUB}}
        shop.say("gateway", 40 * number, "GET /cart", **ids)
        text = f"still waiting for {MENTIONED}"
        shop.say("gateway", 40 * number + 1, text, trace_id=_trace(number))
    return shop.documents


def _dotted(name: str) -> str:
    return name.replace("__", " ").replace("_", ".").replace(" ", "_")


def _trace(number: int) -> str:
    return f"{number + 0x4BF92F35:032x}"


def _span(number: int) -> str:
    return f"{number + 0xA3CE:016x}"


def _step(number: int, parent: int | None, order: str) -> dict[str, Any]:
    ids = {"trace_id": _trace(int(order[6:])), "span_id": _span(number)}
    ids["clew_transaction"] = order
    return ids if parent is None else ids | {"parent_id": _span(parent)}


def _failed(shop: Shop) -> None:
    gateway, order = _step(1, None, FAILED), _step(2, 1, FAILED)
    stock, payment = _step(3, 2, FAILED), _step(4, 2, FAILED)
    shop.say("gateway", 0, "POST /orders from 10.1.2.3", **gateway)
    shop.say("order", 8.2, "order ORDER-4711: 3 articles, 59.90 EUR", **order)
    shop.say("order", 9.1, "calling stock", destination_service="stock", **order)
    shop.say("stock", 14.6, "reserving 3 articles", **stock)
    shop.say("stock", 61.3, "article 88-1 is low: 2 left", **stock, **WARN)
    shop.say("stock", 62.0, "reserved", **stock)
    shop.say("order", 70.4, "calling payment", destination_service="payment", **order)
    shop.say("payment", 74.9, "charging 59.90 EUR", **payment)
    shop.say(
        "payment",
        80.0,
        '{"msg": "retry", "attempt": tw',
        collection=Collection.QUARANTINE,
        trace_id=payment["trace_id"],
        event_original='{"msg": "retry", "attempt": tw',
        clew_reason="invalid_json",
        clew_detail="unexpected character at byte 27",
    )
    shop.say(
        "payment",
        2077.6,
        "payment failed",
        **payment,
        **ERROR,
        error_type="com.shop.CardRefused",
        error_message="the issuer refused card ************4242",
        error_stack__trace=STACK_TRACE,
    )
    shop.say("payment", 2079.0, "POST /pay 502", http_response_status__code=502, **payment)
    shop.say("order", 2084.3, "payment said 502, giving the articles back", **order, **ERROR)
    shop.say("order", 2085.0, "telling shipping", destination_service="shipping", **order)
    shop.say("gateway", 2091.8, "POST /orders 500 in 2,091 ms", **gateway, **ERROR)


def _fine(shop: Shop, order: str, at: float, *, slow: bool) -> None:
    wait = 1400 if slow else 30
    gateway, service = _step(1, None, order), _step(2, 1, order)
    stock, payment, shipping = (_step(number, 2, order) for number in (3, 4, 5))
    shop.say("gateway", at, "POST /orders from 10.1.2.9", **gateway)
    shop.say("order", at + 6, f"order {order}: 1 article", **service)
    shop.say("stock", at + 12, "reserving 1 article", **stock)
    shop.say("stock", at + 12 + wait, "reserved", **stock)
    shop.say("payment", at + 60 + wait, "charged", **payment)
    shop.say("shipping", at + 90 + wait, "parcel is on its way", **shipping)
    shop.say("gateway", at + 120 + wait, "POST /orders 201", **gateway)


def _hostile(shop: Shop) -> None:
    ids: dict[str, Any] = {"clew_transaction": HOSTILE, "trace_id": _trace(66)}
    shop.say("<b>evil</b>", 300, HOSTILE_MESSAGE, **ids, **ERROR)


def _awkward(shop: Shop) -> None:
    shop.say("gateway", 400, "an ID that is a path", clew_transaction=AWKWARD)
