"""
Templates, and what they may call.

Whatever a template prints is escaped; nothing marks a text as safe. The policy below lets a page
load and run only our own files: a log line that broke out of its element all the same could neither
run a script nor send anything anywhere. It also forbids `style` attributes, so colours are classes
and positions are attributes of SVG.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from clew import __version__
from clew.schema.timestamps import format_rfc3339
from clew.transaction import sentences, texts
from clew.transaction.links import (
    node_path,
    quarantine_path,
    service_path,
    transaction_path,
    with_query,
)

STATIC = Path(__file__).parent / "static"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: under that one browsers hide from us that a form is our own page's.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

SERVICE_COLOURS = 16
"""Classes `s-0` and on in the style sheet, in the order of their hues; none is red."""

_COLOUR_SALT = b"\x06\xcf"
"""Of 3,000 salts the one that sets the services of the demo shop furthest apart."""


def render(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page."""
    text = _environment.get_template(template).render(context)
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


def service_class(service: str) -> str:
    """The colour of a service: by its name, so that it is the same on every page and every day."""
    digest = blake2b(service.encode(), digest_size=2, salt=_COLOUR_SALT).digest()
    return f"s-{int.from_bytes(digest) % SERVICE_COLOURS}"


def _build_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: tuple[Callable[..., object], ...] = (
        texts.ago,
        texts.clock_time,
        texts.counted,
        texts.duration,
        texts.moment,
        texts.number,
        texts.per_second,
        texts.percent,
        texts.printable,
        texts.since_midnight,
        texts.size,
        format_rfc3339,
        sentences.share_text,
        sentences.shortened,
        service_class,
        node_path,
        quarantine_path,
        service_path,
        transaction_path,
    )
    environment.filters |= {each.__name__: each for each in filters}
    environment.filters["timestamp"] = environment.filters.pop("format_rfc3339")
    environment.globals |= {"version": __version__, "with_query": with_query}
    return environment


_environment = _build_environment()
