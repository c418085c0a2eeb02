"""Beside an OpenTelemetry SDK, whose tracer is set once a process: each test has its own."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.canonical import decode

_PROGRAM = """
import logging, clew_logging
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import {sampler}
import sys

provider = TracerProvider(sampler={sampler})
exporter = ConsoleSpanExporter(out=sys.stderr, formatter=lambda s: s.to_json(indent=None) + "\\n")
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
clew_logging.configure(service="shop")
caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
with clew_logging.request({{"traceparent": caller}}, "GET"):
    logging.info("outer")
    with trace.get_tracer("shop").start_as_current_span("inner"):
        logging.info(clew_logging.outgoing_headers()["traceparent"])
"""


def run(sampler: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Its lines, and the spans that were exported."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(sampler=sampler)],
        capture_output=True,
        text=True,
        check=True,
    )
    spans = [json.loads(line) for line in done.stderr.splitlines()]
    return [decode(line) for line in done.stdout.splitlines()], spans


def test_the_span_of_a_request_is_the_sdks():
    """It is exported under the number that the lines have, and so are those below it."""
    (outer, inner), spans = run("ALWAYS_ON")
    assert outer["trace.id"] == inner["trace.id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert outer["parent.id"] == "00f067aa0ba902b7"
    assert inner["parent.id"] == outer["span.id"]
    exported = {f"0x{line['span.id']}" for line in (outer, inner)}
    assert {span["context"]["span_id"] for span in spans} == exported  # type: ignore[index]
    assert inner["message"] == f"00-{inner['trace.id']}-{inner['span.id']}-01"


def test_a_request_that_is_not_sampled_has_its_ids_all_the_same():
    (outer, inner), spans = run("ALWAYS_OFF")
    assert outer["trace.id"] == inner["trace.id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert outer["span.id"] != inner["span.id"]
    assert str(inner["message"]).endswith("-00")
    assert spans == []
