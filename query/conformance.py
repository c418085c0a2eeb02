"""How well services log: a page of all and one of each, their `.json` twins, and the API."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from clew.transaction.links import CONFORMANCE, Form
from clew.transaction.texts import printable
from query.conformance_asked import (
    BoardParameters,
    ConformanceParameters,
    ScoreboardAnswer,
    ServiceCourseAnswer,
)
from query.conformance_rows import board_row, offender_row, sorted_by
from query.display import render
from query.drawing import stacks
from query.failures import failure_reply
from query.models import FAILURES, Failure
from query.paths import requested
from query.questions import BadParameterError, Questions
from query.replies import json_reply

ServiceName = Annotated[str, Path(description="The name of a service, percent-encoded.")]
Parameters = Annotated[ConformanceParameters, Query()]

_UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": Failure, "description": "The service has no line in this time"}
}


def conformance_routes(questions: Questions) -> APIRouter:
    router = APIRouter(responses=FAILURES)

    @router.get("/conformance", response_class=HTMLResponse, tags=["pages"])
    async def board_page(parameters: Annotated[BoardParameters, Query()]) -> Response:
        """Every service, and how it logs. Its twin is /conformance.json."""
        return await _board_page(questions, parameters)

    @router.get("/conformance.json", response_model=ScoreboardAnswer, tags=["pages"])
    @router.get("/api/conformance", response_model=ScoreboardAnswer, tags=["api"])
    async def board(parameters: Parameters) -> Response:
        """For each service: lines that are canonical, translated, quarantined, found wanting."""
        found = await questions.conformance(
            parameters.period(questions.now()), parameters.namespace
        )
        return json_reply(found.as_json())

    @router.get(
        "/conformance/{service:path}",
        response_class=HTMLResponse,
        responses=_UNKNOWN,
        tags=["pages"],
    )
    async def service_page(request: Request, service: str, parameters: Parameters) -> Response:
        """How a service logs, over time. With .json at its end: the same as JSON."""
        wanted, form = requested(request.scope["raw_path"], CONFORMANCE)
        if form is Form.NDJSON:
            raise HTTPException(404)
        if form is Form.JSON:
            return await _service_reply(questions, request, wanted, parameters)
        return await _service_page(questions, request, wanted, parameters)

    @router.get(
        "/api/conformance/{service:path}",
        response_model=ServiceCourseAnswer,
        responses=_UNKNOWN,
        tags=["api"],
    )
    async def service(request: Request, service: ServiceName, parameters: Parameters) -> Response:
        """How a service logs, over time, and which of its loggers and fields offend most."""
        return await _service_reply(questions, request, service, parameters)

    return router


async def _board_page(questions: Questions, parameters: BoardParameters) -> Response:
    try:
        period = parameters.period(questions.now())
    except BadParameterError as error:
        return render("conformance.html", status=400, parameters=parameters, problem=str(error))
    found = await questions.conformance(period, parameters.namespace)
    rows = [board_row(each, parameters) for each in sorted_by(found.services, parameters.sort)]
    return render("conformance.html", parameters=parameters, rows=rows, board=found)


async def _service_page(
    questions: Questions, request: Request, name: str, parameters: ConformanceParameters
) -> Response:
    try:
        period = parameters.period(questions.now())
    except BadParameterError as error:
        return render(
            "service.html", status=400, name=name, parameters=parameters, problem=str(error)
        )
    found = await questions.service(name, period, parameters.namespace)
    if not found.whole.now.lines:
        return _unknown(request, name)
    return render(
        "service.html",
        name=name,
        parameters=parameters,
        found=found,
        row=board_row(found.whole, parameters),
        picture=stacks.draw(found.course, period),
        loggers=[offender_row(each) for each in found.loggers],
        fields=[offender_row(each) for each in found.fields],
    )


async def _service_reply(
    questions: Questions, request: Request, name: str, parameters: ConformanceParameters
) -> Response:
    period = parameters.period(questions.now())
    found = await questions.service(name, period, parameters.namespace)
    if not found.whole.now.lines:
        return _unknown(request, name)
    return json_reply(found.as_json())


def _unknown(request: Request, name: str) -> Response:
    sentence = (
        f"The service {printable(name)!r} has no line in this time. Those of the last day are at "
        "/conformance."
    )
    return failure_reply(request.scope, 404, sentence)
