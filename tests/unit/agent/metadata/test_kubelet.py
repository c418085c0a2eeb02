"""The kubelet over real HTTPS, on loopback: one that answers, and those that do not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from agent.metadata import kubelet as kubelet_module
from agent.metadata.failures import KubeletError, KubeletFailure
from agent.metadata.kubelet import Kubelet
from clew.runtime.addresses import free_port
from tests.support.certificates import Authority
from tests.support.kubelet import TOKEN, Handler, answering, pod_list, settings


def asked(folder: Path, answer: Handler, address: str = "127.0.0.1", **more: Any) -> bytes:
    async def run() -> bytes:
        async with answering(folder, answer, address) as url:
            return bytes(await Kubelet(settings(folder, url, **more)).get_pods())

    return asyncio.run(run())


def failure(folder: Path, answer: Handler, *args: Any, **more: Any) -> tuple[KubeletFailure, str]:
    with pytest.raises(KubeletError) as raised:
        asked(folder, answer, *args, **more)
    return raised.value.failure, str(raised.value)


def with_status(status: int, text: str) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    return answer


async def good(_: web.Request) -> web.Response:
    return web.Response(body=pod_list(), content_type="application/json")


def test_the_answer_comes_as_it_is_and_the_token_is_shown(tmp_path: Path):
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return await good(request)

    assert asked(tmp_path, answer) == pod_list()
    assert seen == [f"Bearer {TOKEN}"]


def test_a_renewed_token_is_the_one_that_is_shown(tmp_path: Path):
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return await good(request)

    async def run() -> None:
        async with answering(tmp_path, answer) as url:
            kubelet = Kubelet(settings(tmp_path, url))
            await kubelet.get_pods()
            (tmp_path / "token").write_text("another")
            await kubelet.get_pods()

    asyncio.run(run())
    assert seen == [f"Bearer {TOKEN}", "Bearer another"]


async def never(_: web.Request) -> web.Response:
    raise AssertionError("nobody may be asked")


def test_a_kubelet_that_somebody_else_signed_gets_no_token(tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    why, text = failure(tmp_path, never, ca_file=Authority(other).file)
    assert why is KubeletFailure.CERTIFICATE
    assert "agent.kubelet.ca_file" in text


def test_a_certificate_of_another_address_is_not_taken(tmp_path: Path):
    why, text = failure(tmp_path, never, "127.0.0.2")
    assert why is KubeletFailure.CERTIFICATE
    assert "127.0.0.1" in text


def test_any_certificate_is_taken_where_that_was_said(tmp_path: Path):
    more: dict[str, Any] = {"insecure": True, "ca_file": None}
    assert asked(tmp_path, good, "127.0.0.2", **more) == pod_list()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_is_none_is_named(tmp_path: Path, content: str | None):
    file = tmp_path / "their.crt"
    if content:
        file.write_text(content)
    why, text = failure(tmp_path, never, ca_file=file)
    assert why is KubeletFailure.CERTIFICATE
    assert str(file) in text


@pytest.mark.parametrize("content", [None, " \n", "two\nlines"])
def test_a_token_file_that_holds_none_is_named(tmp_path: Path, content: str | None):
    file = tmp_path / "their-token"
    if content:
        file.write_text(content)
    why, text = failure(tmp_path, never, token_file=file)
    assert why is KubeletFailure.TOKEN
    assert str(file) in text


def test_a_token_that_is_not_known_is_told(tmp_path: Path):
    why, text = failure(tmp_path, with_status(401, "Unauthorized"))
    assert why is KubeletFailure.UNAUTHENTICATED
    assert str(tmp_path / "token") in text


FORBIDDEN = (
    "Forbidden (user=system:serviceaccount:clew-agent:clew-agent, verb=get, resource=nodes, "
    "subresource(s)=[{}])\n"
)


@pytest.mark.parametrize(
    ("reason", "right", "not_said"),
    [
        (FORBIDDEN.format("pods proxy"), "nodes/pods", "older"),
        (FORBIDDEN.format("proxy"), "nodes/proxy (403)", "ClusterRole"),
        ("", "nodes/pods", "older"),
    ],
)
def test_the_right_that_is_missing_is_named(tmp_path: Path, reason: str, right: str, not_said: str):
    """nodes/pods where the kubelet knows it; the far wider nodes/proxy is not asked for lightly."""
    why, text = failure(tmp_path, with_status(403, reason))
    assert why is KubeletFailure.FORBIDDEN
    assert right in text
    assert not_said not in text


async def moved(_: web.Request) -> web.Response:
    raise web.HTTPFound("https://127.0.0.1:1/pods")


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b" " * 65536)
    return response


async def cut_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"{")
    assert request.transport is not None
    request.transport.abort()
    return response


async def silent(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (moved, KubeletFailure.STATUS),
        (with_status(500, "no"), KubeletFailure.STATUS),
        (endless, KubeletFailure.TOO_LARGE),
        (cut_off, KubeletFailure.UNREACHABLE),
        (silent, KubeletFailure.TIMEOUT),
    ],
)
def test_an_answer_without_pods_is_a_failure_from_a_closed_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Handler, reason: KubeletFailure
):
    monkeypatch.setattr(kubelet_module, "BODY_BYTES", 2 * 2**20)
    seconds = 0.3 if answer is silent else 10
    assert failure(tmp_path, answer, timeout_seconds=seconds)[0] is reason


def test_where_nobody_listens_that_is_told(tmp_path: Path):
    Authority(tmp_path)
    url = f"https://127.0.0.1:{free_port('127.0.0.1')}"
    with pytest.raises(KubeletError) as raised:
        asyncio.run(Kubelet(settings(tmp_path, url)).get_pods())
    assert raised.value.failure is KubeletFailure.UNREACHABLE


def test_without_tls_no_token_is_shown(tmp_path: Path):
    """The kubelet's read-only port, where somebody has opened it, asks for none."""
    seen: list[bool] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append("Authorization" in request.headers)
        return await good(request)

    async def run() -> bytes:
        app = web.Application()
        app.router.add_get("/pods", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port("127.0.0.1")
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            url = f"http://127.0.0.1:{port}"
            return bytes(await Kubelet(settings(tmp_path, url)).get_pods())
        finally:
            await runner.cleanup()

    assert asyncio.run(run()) == pod_list()
    assert seen == [False]
