"""Nodes: a page of all and one of each, their `.json` twins, and the API."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from clew.answers.nodes import DAY, LONGEST
from clew.transaction.links import NODES, Form
from clew.transaction.texts import printable
from query.display import render
from query.drawing.node_charts import charts
from query.failures import failure_reply
from query.models import FAILURES, Failure, NodeHistory, NodesAnswer
from query.node_replies import history_reply, nodes_reply
from query.node_rows import BUSY, FULL, node_row
from query.paths import requested
from query.questions import BadParameterError, NodeParameters, Questions

NodeName = Annotated[str, Path(description="The name of a node, percent-encoded.")]
Parameters = Annotated[NodeParameters, Query()]

_UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": Failure, "description": "No node of this name was sampled of late"}
}


def node_routes(questions: Questions) -> APIRouter:
    router = APIRouter(responses=FAILURES)

    @router.get("/nodes", response_class=HTMLResponse, tags=["pages"])
    async def nodes_page() -> Response:
        """The nodes of the last hour, and how they are. Its twin is /nodes.json."""
        found, now = await questions.nodes(), questions.now()
        agents = 0 if found else await questions.agents_reporting()
        rows = [node_row(each, now) for each in found]
        return render("nodes.html", rows=rows, now=now, agents=agents, BUSY=BUSY, FULL=FULL)

    @router.get("/nodes.json", response_model=NodesAnswer, tags=["pages"])
    @router.get("/api/nodes", response_model=NodesAnswer, tags=["api"])
    async def nodes() -> Response:
        """The nodes of the last hour, and how they are."""
        return nodes_reply(await questions.nodes(), questions.now())

    @router.get(
        "/nodes/{name:path}", response_class=HTMLResponse, responses=_UNKNOWN, tags=["pages"]
    )
    async def node_page(request: Request, name: str, parameters: Parameters) -> Response:
        """How a node was over a time. With .json at its end: the same as JSON."""
        wanted, form = requested(request.scope["raw_path"], NODES)
        if form is Form.NDJSON:
            raise HTTPException(404)
        if form is Form.JSON:
            return await _history(questions, request, wanted, parameters)
        return await _page(questions, request, wanted, parameters)

    @router.get(
        "/api/nodes/{name:path}", response_model=NodeHistory, responses=_UNKNOWN, tags=["api"]
    )
    async def node(request: Request, name: NodeName, parameters: Parameters) -> Response:
        """How a node was over a time: CPU, memory, load, disks and network."""
        return await _history(questions, request, name, parameters)

    return router


async def _page(
    questions: Questions, request: Request, name: str, parameters: NodeParameters
) -> Response:
    try:
        found = await questions.node(name, parameters)
    except BadParameterError as error:
        return render("node.html", status=400, name=name, parameters=parameters, problem=str(error))
    if found is None:
        return _unknown(request, name)
    drawn = charts(found) if found.last_seen else []
    now = questions.now()
    return render("node.html", name=name, parameters=parameters, node=found, charts=drawn, now=now)


async def _history(
    questions: Questions, request: Request, name: str, parameters: NodeParameters
) -> Response:
    found = await questions.node(name, parameters)
    return _unknown(request, name) if found is None else history_reply(found)


def _unknown(request: Request, name: str) -> Response:
    sentence = (
        f"No node {printable(name)!r} was sampled in this time, or within {LONGEST // DAY} days "
        "before it. Those of the last hour are at /nodes."
    )
    return failure_reply(request.scope, 404, sentence)
