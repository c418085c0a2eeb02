"""
What a canonical line may hold, as clew's schema says it: `clew/schema/record.py`.

An application does not install clew, so its numbers and names stand here once more; clew's tests
hold the two against each other.
"""

from __future__ import annotations

LINE_BYTES = 1024 * 1024
"""A longer line becomes no record."""
TEXT_CHARACTERS, ID_CHARACTERS, KEY_CHARACTERS, LABELS = 1024, 256, 256, 256
LABEL_CHARACTERS = 8191

TEXTS = frozenset(
    {
        *("service.name", "service.version", "service.environment", "event.dataset"),
        *("log.level", "log.logger", "process.thread.name", "error.type", "ecs.version"),
        *("http.request.method", "destination.service"),
    }
)
"""Fields of up to TEXT_CHARACTERS."""
LONG_TEXTS = ("message", "error.message", "error.stack_trace")
"""Fields as long as a line has room for."""
IDS = frozenset({"trace.id", "transaction.id", "span.id", "parent.id"})
NUMBERS = {"event.duration": 2**63 - 1, "http.response.status_code": 999}
"""Fields that are whole numbers, from 0 up to these."""
TIMESTAMP, PATH, LABELS_FIELD = "@timestamp", "url.path", "labels"

FIELDS = frozenset({*TEXTS, *LONG_TEXTS, *IDS, *NUMBERS, TIMESTAMP, PATH})
"""All that a line may have, besides labels."""

ID_LABELS = frozenset({"traceId", "trace_id", "trace.id", "spanId", "span_id", "span.id"})
"""A line with one of these among its labels is taken for one of log4j2's template, and changed."""
