"""What is there besides logs: health, metrics, and which endpoints there are."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from clew.runtime.errors import ClewError
from query import events
from query.display import render
from query.questions import Questions
from query.replies import json_reply

READY_SECONDS = 2.0
"""A probe of Kubernetes waits for one second unless told otherwise; ours says two."""


def service_routes(questions: Questions, app: FastAPI) -> APIRouter:
    router = APIRouter(tags=["service"])

    @router.get("/healthz")
    async def healthz() -> Response:
        """The process answers."""
        return json_reply({"status": "ok"})

    @router.get("/readyz")
    async def readyz() -> Response:
        """The store answers; 503 and the reason where it does not."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                await questions.visible_up_to()
        except (ClewError, TimeoutError) as error:
            reason = str(error) or f"no answer within {READY_SECONDS:g} s"
            events.store_unreachable(reason)
            return json_reply({"status": "not ready", "reasons": {"store": reason}}, 503)
        events.store_reachable()
        return json_reply({"status": "ok", "reasons": {}})

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Metrics of this process, for Prometheus."""
        return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @router.get("/docs", response_class=HTMLResponse, tags=["pages"])
    async def docs() -> Response:
        """The endpoints, for people. Its twin is /openapi.json."""
        return render("docs.html", groups=_groups(app.openapi()))

    return router


def _groups(openapi: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Tag -> its endpoints, each as `{"method", "path", "meaning", "parameters"}`."""
    groups: dict[str, list[dict[str, Any]]] = {"api": [], "pages": [], "service": []}
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            group = groups.setdefault(operation["tags"][-1], [])
            group.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "meaning": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                }
            )
    return groups
