"""The login page: a token in, a cookie out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from query.access import COOKIE, Access, local_path
from query.display import render
from query.forms import read_form

_WEEK_SECONDS = 7 * 24 * 3600


def login_routes(access: Access) -> APIRouter:
    router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)

    @router.get("/login")
    async def login_page(next: str = "/") -> Response:  # noqa: A002
        """Asks for the token, where one is needed."""
        if not access.guarded:
            return RedirectResponse("/", status_code=303)
        return render("login.html", target=local_path(next), refused=False)

    @router.post("/login")
    async def login(request: Request) -> Response:
        """Takes the token from a form and sets the cookie."""
        form = await read_form(request)
        target = local_path(form.get("next", "/"))
        if not access.accepts(form.get("token", "").strip()):
            return render("login.html", status=401, target=target, refused=True)
        answer = RedirectResponse(target, status_code=303)
        answer.set_cookie(
            COOKIE,
            access.cookie,
            max_age=_WEEK_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    return router
