"""
Canonical log lines, and the IDs that tie them together, for any Python service.

`configure` sets up logging, `ASGIMiddleware` and `WSGIMiddleware` take the IDs of a request, and
`outgoing_headers` passes them on. Nothing here needs clew.
"""

from clew_logging.asgi import ASGIMiddleware
from clew_logging.configuration import configure
from clew_logging.context import (
    current_ids,
    get_request_id,
    get_transaction,
    outgoing_headers,
    set_transaction,
    transaction,
)
from clew_logging.formatter import CanonicalFormatter
from clew_logging.renderer import CanonicalRenderer
from clew_logging.requests import request
from clew_logging.wsgi import WSGIMiddleware

__version__ = "0.1.0"

__all__ = [
    "ASGIMiddleware",
    "CanonicalFormatter",
    "CanonicalRenderer",
    "WSGIMiddleware",
    "configure",
    "current_ids",
    "get_request_id",
    "get_transaction",
    "outgoing_headers",
    "request",
    "set_transaction",
    "transaction",
]
