"""
A change of the quarantine on pages, in three looks.

    /quarantine -> /quarantine/replay?service=...   asks first: what would become of which lines
                -> POST                             does a step, tells, and offers the next one

Each step is a form that says where to go on and what was done so far, so that nothing is kept here
and the pages work without JavaScript; with it, the next step is taken by itself.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from clew.wire.quarantine import Kind
from query.display import render
from query.forms import read_form
from query.forwarding import Collector
from query.models import FAILURES
from query.quarantine_asked import QuarantineChange, QuarantineChoice
from query.quarantine_rows import Progress
from query.questions import Questions

Choice = Annotated[QuarantineChoice, Query()]


def change_routes(questions: Questions, collector: Collector, seconds: float) -> APIRouter:
    """`seconds` is how long one step of a change may take."""
    router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, responses=FAILURES)
    looks = _Looks(questions, collector, seconds)

    @router.get("/quarantine/replay")
    async def replay_page(choice: Choice) -> Response:
        """Asks before lines are replayed."""
        return await looks.ask("replay", choice)

    @router.get("/quarantine/purge")
    async def purge_page(choice: Choice) -> Response:
        """Asks before lines are deleted."""
        return await looks.ask("purge", choice)

    @router.post("/quarantine/replay")
    async def replay(request: Request) -> Response:
        """One step of a replay, from a form."""
        return await looks.do("replay", await read_form(request))

    @router.post("/quarantine/purge")
    async def purge(request: Request) -> Response:
        """One step of a purge, from a form."""
        return await looks.do("purge", await read_form(request))

    return router


class _Looks:
    def __init__(self, questions: Questions, collector: Collector, seconds: float) -> None:
        self._questions, self._collector, self._seconds = questions, collector, seconds

    async def ask(self, kind: Kind, choice: QuarantineChoice) -> Response:
        """What would happen, and the form that lets it."""
        now, id_ = self._questions.now(), choice.id
        ids = [id_] if id_ else None
        asked = QuarantineChange.model_validate({**choice.fixed(now), "ids": ids, "dry_run": True})
        would = await self._collector.change(kind, asked.change(now, self._seconds))
        return render(
            "quarantine_change.html", kind=kind, asked=asked, id=id_, would=would, progress=None
        )

    async def do(self, kind: Kind, form: dict[str, str]) -> Response:
        """A step, and the form for the next one."""
        id_ = form.pop("id", "")
        try:
            before = Progress.read(form)
            asked = QuarantineChange.model_validate({**form, "ids": [id_] if id_ else None})
        except (ValidationError, ValueError) as error:
            raise HTTPException(400, "This form is none of clew's pages.") from error
        change = asked.change(self._questions.now(), self._seconds)
        done = await self._collector.change(kind, change)
        return render(
            "quarantine_change.html",
            kind=kind,
            asked=asked,
            id=id_,
            would=None,
            progress=before.and_then(done),
            next=done.next,
        )
