"""
What is kept of a group of rules in the StateStore, as msgpack: `alerting/groups/<file>;<name>`.

The collector that holds the lease writes it after each evaluation and before and after each send,
so whoever takes over knows what is pending since when, and who was told what. The pages read it.
It is no JSON, which has no infinite numbers: the share of errors of no requests is one.
"""

from __future__ import annotations

import msgspec

from clew.rules.states import Alert

PREFIX = "alerting/groups/"
LIFETIME_SECONDS = 7 * 86_400.0
"""A group that nobody evaluates any more is forgotten after a week."""


class RuleRecord(msgspec.Struct, omit_defaults=True):
    """
    A rule as it was evaluated last, and its alerts.

    `definition` is the rule as JSON. `cut` is how many alerts the limit left out.
    """

    name: str
    definition: str
    error: str = ""
    cut: int = 0
    alerts: list[Alert] = []

    @property
    def identity(self) -> str:
        """
        What the rule's alerts belong to: they stay as long as this does not change.

        Whoever mends an annotation, or waits longer, has the same rule all the same.
        """
        asked = msgspec.json.decode(self.definition, type=dict[str, object])
        kept = {name: asked.get(name) for name in ("alert", "expr", "log", "labels")}
        return msgspec.json.encode(kept, order="sorted").decode()


class GroupRecord(msgspec.Struct, omit_defaults=True):
    """
    A group at its `watermark`: the moment up to which it is evaluated, in Unix nanoseconds.

    `held` says why it is not evaluated further; `missed` counts evaluations that were never made.
    """

    file: str
    name: str
    interval: int
    watermark: int = 0
    seconds: float = 0.0
    held: str = ""
    missed: int = 0
    rules: list[RuleRecord] = []


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(GroupRecord).decode


def decode(value: bytes) -> GroupRecord:
    """Raises ValueError where another version wrote something else."""
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"not the record of a group: {error}") from error


def key_of(file: str, name: str) -> str:
    return f"{PREFIX}{file};{name}"
