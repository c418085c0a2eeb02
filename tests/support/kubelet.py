"""Who answers as a kubelet does, or does not: HTTPS on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from agent.metadata.config import KubeletConfig
from clew.runtime.addresses import free_port
from tests.support.certificates import Authority

TOKEN = "the-token"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def pod(name: str, uid: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "shop", "uid": uid, **more}}


def pod_list(*pods: dict[str, Any]) -> bytes:
    return json.dumps({"kind": "PodList", "apiVersion": "v1", "items": pods}).encode()


def settings(folder: Path, url: str, **more: Any) -> KubeletConfig:
    """The token's file is made where it is not there."""
    token = folder / "token"
    if not token.exists():
        token.write_text(f"{TOKEN}\n")
    found: dict[str, Any] = {"url": url, "token_file": token, "ca_file": folder / "ca.crt"}
    return KubeletConfig.model_validate(found | more)


@asynccontextmanager
async def answering(
    folder: Path, answer: Handler, address: str = "127.0.0.1"
) -> AsyncIterator[str]:
    """Its URL; its CA is `ca.crt` in the folder."""
    context = Authority(folder).server(address)
    app = web.Application()
    app.router.add_get("/pods", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port("127.0.0.1")
    try:
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
        yield f"https://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
