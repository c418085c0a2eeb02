"""The API, and the `.json` twins of the pages, which are the same answers under another path."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from query.models import FAILURES, RecentAnswer, SearchAnswer, TransactionAnswer, UnknownTransaction
from query.questions import Questions, RecentParameters, SearchParameters
from query.replies import found_reply, recent_reply, transaction_reply

TransactionId = Annotated[
    str,
    Path(description="Any ID, such as an order number or a trace ID, percent-encoded."),
]


def api_routes(questions: Questions) -> APIRouter:
    router = APIRouter(responses=FAILURES)

    @router.get("/index.json", response_model=RecentAnswer, tags=["pages"])
    @router.get("/api/transactions", response_model=RecentAnswer, tags=["api"])
    async def recent_transactions(parameters: Annotated[RecentParameters, Query()]) -> Response:
        """The transactions that arrived last."""
        return recent_reply(await questions.recent(parameters))

    @router.get(
        "/api/transactions/{id:path}",
        response_model=TransactionAnswer,
        responses={404: {"model": UnknownTransaction, "description": "No line has this ID"}},
        tags=["api"],
    )
    async def one_transaction(id: TransactionId) -> Response:  # noqa: A002
        """Everything an ID leads to: its lines, its steps, and which of them failed first."""
        return transaction_reply(await questions.transaction(id))

    @router.get("/search.json", response_model=SearchAnswer, tags=["pages"])
    @router.get("/api/search", response_model=SearchAnswer, tags=["api"])
    async def search(parameters: Annotated[SearchParameters, Query()]) -> Response:
        """Lines that match a query, a page at a time, and how they spread over time."""
        return found_reply(await questions.find(parameters))

    return router
