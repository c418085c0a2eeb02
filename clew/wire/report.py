"""
What an agent says of itself, every few seconds: `POST /v1/reports`.

Out of these the answers know how complete they are. A report is kept under the agent's name until
the next one, and for a while after the last.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, unquote

import msgspec

from clew.wire.envelope import WireError

REPORT_BYTES = 1024 * 1024
REPORT_KEYS = "agents/"
"""What the keys begin with that reports are kept under."""
_KEY_BYTES = 512
"""As long as an ID of Elasticsearch may be."""

Natural = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A count, or Unix nanoseconds: what a store's 64 bits hold."""


class ReportedGap(msgspec.Struct, frozen=True):
    """
    Bytes of a container's log that nobody will ever read; `time` is when that was found.

    `at_least`: nobody can tell how many more they are, if they are any.
    """

    container: str
    path: str
    bytes: Natural
    reason: str
    time: Natural
    at_least: bool = False


class ReportedShed(msgspec.Struct, frozen=True):
    """
    Lines that were left out on purpose, which the runtime wrote from `first` up to `last`.

    Of one container and one rung of the ladder, or of several where they are empty.
    """

    container: str
    rung: str
    kind: str
    first: Natural
    last: Natural
    lines: Natural
    bytes: Natural


class Report(msgspec.Struct, frozen=True):
    """
    Where an agent stands at `time`; times are Unix nanoseconds.

    Everything that its containers wrote before `delivered_up_to` is stored, but for what
    `unreadable_files` hold, for the lines that were `shed`, and for `gap_bytes` that were lost, of
    which `gaps` are the latest. It is 0 until every file was seen read to its end once. `ended` is
    the last report of an agent that was through, or was asked to stop. `shed` has all `shed_lines`,
    the older ones put together; an older agent says nothing of them.
    """

    agent: str
    node: str
    time: Natural
    delivered_up_to: Natural
    unread_bytes: Natural
    unreadable_files: Natural
    gap_count: Natural
    gap_bytes: Natural
    gaps: list[ReportedGap] = []
    ended: bool = False
    shed_lines: Natural = 0
    shed_bytes: Natural = 0
    shed: list[ReportedShed] = []


encode_report = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Report).decode


def decode_report(body: bytes) -> Report:
    """Raises WireError."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not a report: {error}") from error


def report_key(agent: str, node: str) -> str:
    """
    `agents/<agent>/<node>`: where an agent's report is kept.

    Raises WireError for names that make no key.
    """
    key = f"{REPORT_KEYS}{quote(agent, safe='')}/{quote(node, safe='')}"
    if not agent or not node or len(key) > _KEY_BYTES:
        raise WireError("the names of agent and node are missing or too long")
    return key


def names_in_key(key: str) -> tuple[str, str]:
    """The agent and the node that a key was made of."""
    agent, _, node = key.removeprefix(REPORT_KEYS).partition("/")
    return unquote(agent), unquote(node)
