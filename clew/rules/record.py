"""
What is kept of a group of rules in the StateStore, as JSON under `alerting/groups/<name>`.

The collector that holds the lease writes it after each evaluation and before and after each send,
so whoever takes over knows what is pending since when, and who was told what. The pages read it.
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

    `definition` is the rule as JSON; alerts belong to it as long as it does not change. `cut` is
    how many alerts the group's limit left out.
    """

    name: str
    definition: str
    error: str = ""
    cut: int = 0
    alerts: list[Alert] = []


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


encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(GroupRecord).decode


def decode(value: bytes) -> GroupRecord:
    """Raises ValueError where another version wrote something else."""
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"not the record of a group: {error}") from error


def key_of(file: str, name: str) -> str:
    return f"{PREFIX}{file};{name}"
