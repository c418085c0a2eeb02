"""
Programs that stand in pages of docs/logging, as somebody would copy them.

A fenced block whose info string has a title is a file:

    ```js title=log.mjs
    import pino from 'pino'
    ```

Each program logs the same four records, so that one check does for all pages.
"""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import UNSET

from clew.schema.record import Record, decode_canonical
from tests.support.components import ROOT

PAGES = ROOT / "docs" / "logging"

TRACE, TRANSACTION = "4bf92f3577b34da6a3ce929d0e0e4736", "A-17"

_BLOCK = re.compile(r"^```\w+ title=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(page: Path) -> dict[str, str]:
    """The files in a page, by their names."""
    blocks = _BLOCK.findall(page.read_text())
    assert len(dict(blocks)) == len(blocks), f"two blocks of {page} are the same file"
    return dict(blocks)


def write_blocks(page: Path, folder: Path) -> None:
    for name, text in blocks_of(page).items():
        (folder / name).write_text(text)


def check_output(output: bytes) -> None:
    """All that a page's program printed is canonical, and carries the IDs of its request."""
    lines = output.splitlines()
    records = [record for line in lines if (record := decode_canonical(line)) is not None]
    assert len(records) == len(lines), output.decode()
    for record in records:
        assert record.timestamp is not UNSET
        assert record.service == "shop"
    started, *others = records
    assert (started.message, started.trace, started.labels) == ("shop started", UNSET, UNSET)
    for record in others:
        assert (record.trace, record.transaction) == (TRACE, TRANSACTION)
        assert isinstance(record.span, str)
        assert record.logger == "shop.orders"
    _check_request(*others)


def _check_request(placed: Record, slow: Record, failed: Record) -> None:
    assert placed.message == "order placed"
    assert (slow.message, slow.status) == ("slow answer", 503)
    assert slow.labels == {"elapsed_ms": "1250.5", "tags": '["a","b"]'}
    assert failed.message == "payment failed"
    assert isinstance(failed.error_type, str)
    assert isinstance(failed.error_message, str)
    assert failed.error_message.startswith("card refused")
    assert isinstance(failed.stack_trace, str)
    assert "bank unreachable" in failed.stack_trace
