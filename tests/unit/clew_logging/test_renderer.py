"""structlog's events, without structlog: a processor takes and gives plain things."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clew_logging import CanonicalRenderer
from tests.support.canonical import decode
from tests.support.hostile import NAMES, VALUES

render = CanonicalRenderer(service="shop")

EVENT_NAMES = NAMES | st.sampled_from(
    ["event", "level", "timestamp", "logger", "exc_info", "exception", "stack", "_record"]
)


def rendered(method: str = "info", **event: Any) -> dict[str, Any]:
    return decode(render(None, method, event))


@given(st.dictionaries(EVENT_NAMES, VALUES, max_size=6))
def test_no_event_makes_a_line_that_is_not_canonical(event: dict[str, Any]):
    decode(render(None, "info", event))


def test_what_structlogs_processors_add_has_its_field():
    written = rendered(
        event="paid",
        level="warning",
        timestamp="2026-01-29T08:42:09.736442Z",
        logger="shop.payment",
        order_id="A-17",
    )
    assert written == {
        "@timestamp": "2026-01-29T08:42:09.736442Z",
        "log.level": "WARNING",
        "message": "paid",
        "ecs.version": "8.11.0",
        "service.name": "shop",
        "log.logger": "shop.payment",
        "labels": {"order_id": "A-17"},
    }


def test_a_bare_event_has_level_and_time():
    """Nobody has to add processors for what every line needs."""
    written = rendered("error", event="failed")
    assert written["log.level"] == "ERROR"
    assert written["@timestamp"] > "2024"


def test_a_timestamp_may_be_seconds():
    """TimeStamper() without a format gives a float."""
    written = rendered(event="e", timestamp=1_674_981_729.736442)
    assert written["@timestamp"] == "2023-01-29T08:42:09.736442Z"


def test_a_timestamp_that_nobody_can_read_is_kept_beside_one_of_now():
    written = rendered(event="e", timestamp="2023-01-29 08:42.09")
    assert written["@timestamp"] > "2024"
    assert written["labels"]["@timestamp"] == "2023-01-29 08:42.09"


def test_the_exception_being_handled_is_written_with_its_trace():
    try:
        raise ValueError("v")
    except ValueError:
        written = rendered("error", event="failed", exc_info=True)
    assert written["error.type"] == "ValueError"
    assert "ValueError: v" in written["error.stack_trace"]


def test_an_exception_that_a_processor_has_written_is_the_trace():
    written = rendered("error", event="failed", exception="Traceback ...\nValueError: v")
    assert written["error.stack_trace"] == "Traceback ...\nValueError: v"


def test_a_trace_of_dictionaries_is_a_label():
    written = rendered("error", event="failed", exception=[{"exc_type": "ValueError"}])
    assert written["labels"]["exception"] == '[{"exc_type":"ValueError"}]'


def test_the_event_is_not_changed():
    """Other processors may still hold it."""
    event = {"event": "e", "a": 1}
    render(None, "info", event)
    assert event == {"event": "e", "a": 1}
