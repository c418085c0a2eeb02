"""
The pages of transactions and lines. Each works without JavaScript and has a twin in JSON:
`/index.json`, `/search.json`, `/transactions/<id>.json`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from clew.answers.searching import encode_cursor
from clew.schema.document import Collection
from clew.search.parsing import SearchError
from clew.transaction.arrival import arrival_facts, search_facts
from clew.transaction.links import Form, transaction_path
from clew.transaction.model import Transaction
from clew.transaction.sentences import (
    completeness_facts,
    failed_at,
    is_doubtful,
    length,
    told_again,
    verdict_sentence,
)
from query.display import render
from query.drawing import histogram, lanes, timeline
from query.models import FAILURES
from query.paths import requested
from query.questions import BadParameterError, Questions, RecentParameters, SearchParameters
from query.replies import transaction_lines_reply, transaction_reply
from query.rows import row
from query.traces import traces
from query.window import LineParameters, look, verdict_path


def page_routes(questions: Questions) -> APIRouter:
    router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, responses=FAILURES)

    @router.get("/")
    async def home(parameters: Annotated[RecentParameters, Query()]) -> Response:
        """The ID box, and recent transactions, failed ones first. Its twin is /index.json."""
        summaries = await questions.recent(parameters)
        return render("home.html", summaries=summaries, parameters=parameters, now=questions.now())

    @router.get("/find", response_class=RedirectResponse, status_code=303)
    async def find(id: str = "") -> Response:  # noqa: A002
        """From the ID box to the transaction."""
        wanted = id.strip()
        return RedirectResponse(transaction_path(wanted) if wanted else "/", status_code=303)

    @router.get("/transactions/{id:path}")
    async def transaction_page(
        request: Request,
        id: str,  # noqa: A002  (for OpenAPI; the raw path says more)
        parameters: Annotated[LineParameters, Query()],
    ) -> Response:
        """Verdict, steps and lines. With .json at its end: the same as JSON; .ndjson: its lines."""
        wanted, form = requested(request.scope["raw_path"])
        transaction = await questions.transaction(wanted)
        if form is Form.JSON:
            return transaction_reply(transaction)
        if form is Form.NDJSON:
            return transaction_lines_reply(transaction)
        return _transaction_page(transaction, parameters)

    @router.get("/search")
    async def search_page(parameters: Annotated[SearchParameters, Query()]) -> Response:
        """Log search with a histogram. Its twin is /search.json."""
        return await _search_page(questions, parameters)

    return router


def _transaction_page(transaction: Transaction, parameters: LineParameters) -> HTMLResponse:
    if not transaction.lines:
        known = transaction.completeness
        facts = arrival_facts(known, known.visible_up_to)
        return render("unknown.html", status=404, id=transaction.id, facts=facts)
    return render(
        "transaction.html",
        transaction=transaction,
        verdict_sentence=verdict_sentence(transaction),
        doubtful=is_doubtful(transaction),
        failed_at=failed_at(transaction),
        told_again=told_again(transaction),
        completeness_facts=completeness_facts(transaction),
        length=length(transaction),
        traces=traces(transaction) if transaction.hub else [],
        verdict_path=verdict_path(transaction),
        timeline=timeline.draw(transaction),
        lanes=lanes.draw(transaction),
        window=look(transaction, parameters),
    )


async def _search_page(questions: Questions, parameters: SearchParameters) -> HTMLResponse:
    try:
        found = await questions.find(parameters)
    except SearchError as error:
        return render("search.html", status=400, parameters=parameters, error=error)
    except BadParameterError as error:
        return render("search.html", status=400, parameters=parameters, problem=str(error))
    return render(
        "search.html",
        parameters=parameters,
        rows=[
            row(hit.id, hit.source, quarantined=hit.collection is Collection.QUARANTINE)
            for hit in found.page.hits
        ],
        total=found.page.total,
        facts=search_facts(found.completeness) if found.completeness else [],
        next=encode_cursor(found.page.next) if found.page.next else None,
        picture=histogram.draw(found.histogram, found.interval, parameters),
    )
