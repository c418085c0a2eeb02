"""What a page's form sends."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request
from starlette.exceptions import HTTPException

FORM_BYTES = 32 * 1024
"""A token and a path, or what a list is narrowed by; who sends more may not have been let in."""


async def read_form(request: Request) -> dict[str, str]:
    """The first value of each field. Raises HTTPException where it is too large, unread."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_BYTES:
            raise HTTPException(413, "This form is too large.")
    form = parse_qs(body.decode(errors="replace"), max_num_fields=20)
    return {name: values[0] for name, values in form.items()}
