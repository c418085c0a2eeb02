"""Services that log well and badly, as documents: what a scoreboard has to tell."""

from __future__ import annotations

from typing import Any

from clew.schema.document import Collection, Document
from clew.schema.timestamps import SECOND
from tests.support.documents import NOON, document

HOUR = 3600 * SECOND
SINCE, UNTIL = NOON, NOON + 2 * HOUR
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CANONICAL = {"clew.dialect": "canonical"}


class Lines:
    """Writes one line after the other; `documents` are all of them."""

    def __init__(self) -> None:
        self.documents: list[Document] = []

    def say(
        self,
        service: str,
        time: int,
        fields: dict[str, Any],
        *,
        times: int = 1,
        refused: bool = False,
        namespace: str = "shop",
    ) -> None:
        named = {"service.name": service, "kubernetes.namespace": namespace}
        for number in range(times):
            self.documents.append(
                document(
                    100 * len(self.documents),
                    fields | named,
                    time=time + number * SECOND,
                    container=f"{namespace}_{service}_0c1/{service}/0",
                    collection=Collection.QUARANTINE if refused else Collection.LOGS,
                )
            )


def conforming_documents() -> list[Document]:
    """
    Two hours from SINCE on, and before them two in which `payment` was worse.

        cart     canonical, all with a trace
        payment  canonical, pino, and lines that are refused or found wanting
        legacy   text only, in another namespace
        quiet    spoke before SINCE only
    """
    lines = Lines()
    lines.say("cart", SINCE, CANONICAL | {"trace.id": TRACE, "clew.transaction": "O-1"}, times=10)
    lines.say("payment", SINCE + HOUR, CANONICAL | {"trace.id": TRACE}, times=4)
    wanting = {"clew.violations": ["missing_field:trace.id"], "log.logger": "com.shop.Refunds"}
    lines.say("payment", SINCE, CANONICAL | wanting | {"message": "refunded"}, times=2)
    two = {"clew.violations": ["missing_field:trace.id", "level_not_allowed:log.level"]}
    lines.say("payment", SINCE + HOUR, {"clew.dialect": "pino", "log.logger": "audit"} | two)
    lines.say("payment", SINCE + HOUR, {"clew.dialect": "pino"}, times=1)
    broken = {"clew.reason": "invalid_json", "event.original": "{", "clew.dialect": "none"}
    lines.say("payment", SINCE + HOUR, broken | {"trace.id": TRACE}, times=2, refused=True)
    twice = broken | {"clew.reason": "duplicate_key", "clew.field": "message"}
    lines.say("payment", SINCE, twice, refused=True)
    lines.say("legacy", SINCE, {"clew.dialect": "text"}, times=3, namespace="bank")
    lines.say("payment", SINCE - HOUR, CANONICAL, times=1)
    lines.say("payment", SINCE - HOUR, {"clew.dialect": "pino"}, times=3)
    lines.say("quiet", SINCE - HOUR, CANONICAL)
    lines.say("cart", UNTIL, CANONICAL)
    return lines.documents
