"""What stands in the page on structlog, run with structlog."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from clew.schema.record import decode_canonical
from tests.support.libraries.page import PAGES, blocks_of, check_output
from tests.support.libraries.python import require_packages, run_program

pytestmark = pytest.mark.timeout(600)  # the first time, packages are fetched

PACKAGES = ("opentelemetry-api==1.45.2", "structlog==26.1.0")

ODD = r"""
import logging
import canonical, structlog

canonical.configure()
log = structlog.get_logger("shop.orders")
odd = {"a": {"c": 1}, "a.b": 2, "nothing": None, "nan": float("nan"), "error": OSError("full")}
log.info('odd "quotes" \\ back\nsecond line\tტ', trace_id="4bf9", level=3, **odd)
log.info({"not": "text"})
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("uvicorn.error").exception("failed in %s", "Python's logging", extra=odd)
"""


def test_what_the_program_of_the_page_prints_is_canonical() -> None:
    """Copied from the page, it prints canonical lines, also for what goes through logging."""
    check_output(run_page("shop.py"))


def test_whatever_is_logged_is_canonical() -> None:
    """Numbers, objects and exceptions are labels; a trace_id that is bound is the trace's."""
    lines = run_page("odd.py").splitlines()
    odd, no_text, failed = [decode_canonical(line) for line in lines]
    assert odd is not None
    assert odd.trace == "4bf9"
    assert odd.labels == {
        "a.c": "1",
        "a.b": "2",
        "nan": "NaN",
        "error": "full",
    }
    assert no_text is not None
    assert no_text.message == '{"not":"text"}'
    assert failed is not None
    assert (failed.message, failed.error_type) == (
        "failed in Python's logging",
        "ZeroDivisionError",
    )
    assert failed.stack_trace is not UNSET


def run_page(program: str) -> bytes:
    files = blocks_of(PAGES / "structlog.md")
    packages = require_packages(*PACKAGES)
    return run_program(program, {**files, "odd.py": ODD}, packages)
