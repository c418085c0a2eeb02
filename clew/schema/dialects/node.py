"""
pino, bunyan and winston.

pino and bunyan count levels in tens from 10 to 60, and `name` is the service. winston writes no
time and no service by itself, and its keys come in no order that could be relied on.
"""

from __future__ import annotations

from clew.schema.dialects.dialect import JsonDialect

_TENS = {"10": 1, "20": 5, "30": 9, "40": 13, "50": 17, "60": 21}

BUNYAN = JsonDialect(
    "bunyan",
    marks=(("name:text", "hostname", "pid:number", "level:number", "time:text", "v:number"),),
    names={
        "timestamp": ("time",),
        "message": ("msg",),
        "service": ("name",),
        "logger": ("component",),
        "transaction": ("transaction_id", "transactionId", "req_id"),
    },
    dropped=frozenset({"v"}),
    levels=_TENS,
)
PINO = JsonDialect(
    "pino",
    marks=(
        ("level:number", "time:number"),
        ("level:number", "time:text", "msg"),
        ("level", "time", "pid:number", "hostname"),
    ),
    names={"timestamp": ("time",), "message": ("msg",), "service": ("name",)},
    dropped=frozenset({"v"}),
    levels=_TENS,
)
PINO_ISO = JsonDialect(
    "pino",
    marks=(("level:text", "time:text", "msg"), ("level:text", "time:number", "msg")),
    ordered=True,
    names={"timestamp": ("time",), "message": ("msg",), "service": ("name",)},
    levels=_TENS,
)
"""With levels as words, which have the order of pino's keys alone to tell them from others'."""
WINSTON = JsonDialect(
    "winston",
    marks=(("level:text", "message:text"),),
    names={"logger": ("label",)},
    levels={"http": 9, "verbose": 8, "silly": 1, "help": 9, "data": 9, "prompt": 9, "input": 9},
)
"""Tried last of all: anybody may write no more than a level and a message."""

DIALECTS = (BUNYAN, PINO, PINO_ISO)
