"""The quarantine for programs: lists, single lines, and changes that a collector makes."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from clew.answers.quarantine import quarantined_as_json
from clew.transaction.texts import printable
from clew.wire.quarantine import Kind
from query.failures import failure_reply
from query.forwarding import Collector
from query.models import FAILURES, Failure
from query.quarantine_asked import (
    ChangeAnswer,
    QuarantineAnswer,
    QuarantineChange,
    QuarantinedLine,
    QuarantineParameters,
    listed_as_json,
)
from query.questions import Questions
from query.replies import json_reply

LineId = Annotated[str, Path(description="The ID of a line.")]

UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": Failure, "description": "No quarantined line has this ID"}
}
_NOT_DONE: dict[int | str, dict[str, Any]] = {
    403: {"model": Failure, "description": "The request comes from another site's page"},
    501: {"model": Failure, "description": "This service knows no collector"},
    502: {"model": Failure, "description": "The collector refused it"},
}


def quarantine_api_routes(questions: Questions, collector: Collector, seconds: float) -> APIRouter:
    """`seconds` is how long one step of a change may take."""
    router = APIRouter(responses=FAILURES)

    @router.get("/quarantine.json", response_model=QuarantineAnswer, tags=["pages"])
    @router.get("/api/quarantine", response_model=QuarantineAnswer, tags=["api"])
    async def quarantine(parameters: Annotated[QuarantineParameters, Query()]) -> Response:
        """Quarantined lines, and how many there are by reason, service and field."""
        found = await questions.quarantine(
            parameters.chosen(questions.now()), limit=parameters.limit, after=parameters.cursor()
        )
        return json_reply(listed_as_json(found))

    @router.get(
        "/api/quarantine/{id:path}", response_model=QuarantinedLine, responses=UNKNOWN, tags=["api"]
    )
    async def line(request: Request, id: LineId) -> Response:  # noqa: A002
        """One quarantined line as it was written, why it is there, and the remedy."""
        return await line_reply(questions, request, id)

    @router.post(
        "/api/quarantine/replay", response_model=ChangeAnswer, responses=_NOT_DONE, tags=["api"]
    )
    async def replay(change: QuarantineChange) -> Response:
        """Read quarantined lines by today's rules, and move those that pass into the logs."""
        return await _changed("replay", change)

    @router.post(
        "/api/quarantine/purge", response_model=ChangeAnswer, responses=_NOT_DONE, tags=["api"]
    )
    async def purge(change: QuarantineChange) -> Response:
        """Delete quarantined lines for ever."""
        return await _changed("purge", change)

    async def _changed(kind: Kind, change: QuarantineChange) -> Response:
        done = await collector.change(kind, change.change(questions.now(), seconds))
        return json_reply(msgspec.structs.asdict(done))

    return router


async def line_reply(questions: Questions, request: Request, id: str) -> Response:  # noqa: A002
    hit = await questions.quarantined(id)
    if hit is None:
        return unknown_line(request, id)
    return json_reply(quarantined_as_json(hit))


def unknown_line(request: Request, id: str) -> Response:  # noqa: A002
    sentence = (
        f"No quarantined line has the ID {printable(id)!r}: it was replayed or purged, or never "
        "was here."
    )
    return failure_reply(request.scope, 404, sentence)
