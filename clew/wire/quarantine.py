"""
Changes of the quarantine, as the query service asks a collector for them:
`POST /v1/quarantine/replay` and `POST /v1/quarantine/purge`.

A quarantine may hold millions of lines, so a request does a bounded part of the work and its answer
says where the next one goes on. Nothing is kept between two of them: whoever stops asking stops
the work, and what was done is done.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from clew.wire.envelope import WireError

CHANGE_BYTES = 256 * 1024
"""Of a request: a thousand IDs have some 40 KB."""
MOST_IDS = 1_000

Kind = Literal["replay", "purge"]

_Text = Annotated[str, msgspec.Meta(max_length=1024)]
_Time = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Ids = Annotated[list[_Text], msgspec.Meta(max_length=MOST_IDS)]


class Chosen(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    Which quarantined lines; what is empty or None chooses nothing away.

    `since` (inclusive) and `until` (exclusive) are Unix nanoseconds. `ids` names lines one by one.
    """

    service: _Text = ""
    namespace: _Text = ""
    reason: _Text = ""
    field: _Text = ""
    since: _Time | None = None
    until: _Time | None = None
    ids: _Ids | None = None


class Change(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """
    `after` is the `next` of the answer before. `namespaces` is what the asker may see, None for
    all of it. With `dry_run` nothing changes, and the answer says what would.
    """

    chosen: Chosen
    dry_run: bool = False
    after: _Text = ""
    namespaces: list[_Text] | None = None
    deadline_seconds: float = 10.0


class Changed(msgspec.Struct, frozen=True):
    """
    What one step did.

    `total` lines were chosen when it began, `looked` of them it looked at. `done` counts those that
    left the quarantine by the reason that had brought them there, `kept` those that stay by the
    reason why they do. `next` is where the next step goes on, None at the end.
    """

    total: int
    looked: int
    done: dict[str, int]
    kept: dict[str, int]
    next: str | None


encode_change = encode_changed = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Change).decode
decode_changed = msgspec.json.Decoder(Changed).decode


def decode_change(body: bytes, _: int = CHANGE_BYTES) -> Change:
    """Raises WireError."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not a change of the quarantine: {error}") from error
