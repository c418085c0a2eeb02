"""
Who speaks: the service, its version and its environment.

What the program does not say itself comes from OpenTelemetry's variables: OTEL_SERVICE_NAME, and
`service.name`, `service.version` and `deployment.environment.name` of OTEL_RESOURCE_ATTRIBUTES.
Where nobody says it, the field is left out, and clew takes the labels of the pod.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import unquote

from clew_logging.bounds import TEXT_CHARACTERS
from clew_logging.texts import text_of


def origin(
    service: str | None,
    version: str | None,
    environment: str | None,
    variables: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """The fields that are known, for every line."""
    attributes = _attributes(variables.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    found = {
        "service.name": service
        or variables.get("OTEL_SERVICE_NAME")
        or attributes.get("service.name"),
        "service.version": version or attributes.get("service.version"),
        "service.environment": environment
        or attributes.get("deployment.environment.name")
        or attributes.get("deployment.environment"),
    }
    return {name: text_of(value)[:TEXT_CHARACTERS] for name, value in found.items() if value}


def _attributes(text: str) -> dict[str, str]:
    """`key=value` pairs with commas between them, the values percent-encoded."""
    pairs = (pair.partition("=") for pair in text.split(","))
    return {key.strip(): unquote(value.strip()) for key, _, value in pairs}
