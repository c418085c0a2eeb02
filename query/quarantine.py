"""The quarantine on pages: a list of lines, and each with why it is there and what to do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from clew.answers.quarantine import Listed, quarantined_as_json
from clew.answers.searching import encode_cursor
from clew.schema.rejection import Reason
from clew.transaction.links import QUARANTINE, Form
from query.display import render
from query.forwarding import Collector
from query.models import FAILURES
from query.paths import requested
from query.quarantine_api import UNKNOWN, line_reply, unknown_line
from query.quarantine_asked import QuarantineParameters
from query.quarantine_rows import quarantined_row, shown_line
from query.questions import BadParameterError, Questions


def quarantine_routes(questions: Questions, collector: Collector) -> APIRouter:
    router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, responses=FAILURES)

    @router.get("/quarantine")
    async def quarantine_page(parameters: Annotated[QuarantineParameters, Query()]) -> Response:
        """Lines that the schema refused. Its twin is /quarantine.json."""
        try:
            found = await questions.quarantine(
                parameters.chosen(questions.now()),
                limit=parameters.limit,
                after=parameters.cursor(),
            )
        except BadParameterError as error:
            return _list(parameters, collector, problem=str(error))
        return _list(parameters, collector, found)

    @router.get("/quarantine/{id:path}", responses=UNKNOWN)
    async def line_page(request: Request, id: str) -> Response:  # noqa: A002
        """A quarantined line, why it is there, and the remedy. With .json at its end: as JSON."""
        wanted, form = requested(request.scope["raw_path"], QUARANTINE)
        if form is Form.NDJSON:
            raise HTTPException(404)
        if form is Form.JSON:
            return await line_reply(questions, request, wanted)
        hit = await questions.quarantined(wanted)
        if hit is None:
            return unknown_line(request, wanted)
        about = quarantined_as_json(hit)
        line = shown_line(hit)
        return render("quarantined.html", about=about, line=line, changeable=collector.known)

    return router


def _list(
    parameters: QuarantineParameters,
    collector: Collector,
    found: Listed | None = None,
    problem: str = "",
) -> Response:
    page = found.page if found else None
    return render(
        "quarantine.html",
        status=400 if problem else 200,
        parameters=parameters,
        problem=problem,
        reasons=list(Reason),
        found=found,
        rows=[quarantined_row(hit) for hit in page.hits] if page else [],
        next=encode_cursor(page.next) if page and page.next else None,
        changeable=collector.known,
    )
