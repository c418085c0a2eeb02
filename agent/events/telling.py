"""How an agent's log says something: at once, once, or again only after a while."""

from __future__ import annotations

import logging

from clew.runtime.telemetry import Repeated

log = logging.getLogger("clew.agent")
repeated = Repeated(log)
once = Repeated(log, interval_seconds=float("inf"))


def plain(url: str) -> str:
    """Without a password that may stand in it."""
    return url.rpartition("@")[2]
