"""Answers as JSON; their shapes are described in `query.models`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import orjson
from starlette.responses import Response

from clew.answers.lines import line_as_json
from clew.answers.searching import Found, encode_cursor
from clew.schema.timestamps import format_rfc3339
from clew.transaction.model import Summary, Transaction

_UNSAFE_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def json_reply(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        orjson.dumps(value), status_code=status, media_type="application/json", headers=headers
    )


def transaction_reply(transaction: Transaction) -> Response:
    """404 where the ID leads nowhere."""
    return json_reply(transaction.as_json(), status=200 if transaction.lines else 404)


def transaction_lines_reply(transaction: Transaction) -> Response:
    """Every line as one JSON object on a line of its own, to be saved as a file."""
    lines = transaction.as_json()["lines"]
    name = _UNSAFE_IN_FILE_NAMES.sub("_", transaction.id)[:80]
    return Response(
        b"".join(orjson.dumps(line) + b"\n" for line in lines),
        status_code=200 if lines else 404,
        media_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{name}.ndjson"'},
    )


def recent_reply(summaries: Sequence[Summary]) -> Response:
    return json_reply({"transactions": list(summaries)})


def found_reply(found: Found) -> Response:
    page = found.page
    return json_reply(
        {
            "lines": [line_as_json(hit) for hit in page.hits],
            "total": page.total,
            "next": encode_cursor(page.next) if page.next else None,
            "interval_nanoseconds": found.interval,
            "histogram": [
                {"start": format_rfc3339(bucket.start), "count": bucket.count}
                for bucket in found.histogram
            ],
            "completeness": found.completeness,
        }
    )
