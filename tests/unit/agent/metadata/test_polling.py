"""When the kubelet is asked: over real HTTPS, on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from agent.metadata.failures import KubeletError
from agent.metadata.known import KnownPods
from agent.metadata.polling import PodPolling
from tests.support.kubelet import TOKEN, answering, pod, pod_list, settings


class Node:
    """A node's pods, and how often somebody asked for them."""

    def __init__(self) -> None:
        self.pods: list[dict[str, Any]] = []
        self.status = 200
        self.asked = 0
        self.changed = asyncio.Condition()

    async def answer(self, _: web.Request) -> web.Response:
        async with self.changed:
            self.asked += 1
            self.changed.notify_all()
        body = pod_list(*self.pods)
        return web.Response(status=self.status, body=body, content_type="application/json")

    async def was_asked(self, times: int) -> None:
        async with self.changed, asyncio.timeout(30):
            await self.changed.wait_for(lambda: self.asked >= times)


Work = Callable[[Node, KnownPods], Awaitable[None]]


def polled(folder: Path, work: Work, status: int = 200, **more: Any) -> None:
    """Some work while the kubelet is polled, every hour if need be and no more often than that."""

    async def main() -> None:
        node, known, stop = Node(), KnownPods(), asyncio.Event()
        node.status = status
        async with answering(folder, node.answer) as url, asyncio.TaskGroup() as tasks:
            config = settings(folder, url, **{"interval_seconds": 3600, **more})
            tasks.create_task(PodPolling(config, known, most_often_seconds=0.01).run(stop))
            await work(node, known)
            stop.set()

    asyncio.run(main())


async def until_known(known: KnownPods, uid: str) -> None:
    async with asyncio.timeout(30):
        while known.of(uid) is None:  # noqa: ASYNC110 - sweeps also just ask again
            await asyncio.sleep(0)


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"clew_agent_kubelet_{name}_total", labels) or 0.0


def test_pods_are_known_without_anybody_asking(tmp_path: Path):
    before = metric("answers")

    async def work(node: Node, known: KnownPods) -> None:
        node.pods = [pod("cart", "uid-1", labels={"app": "cart", "pod-template-hash": "1"})]
        await until_known(known, "uid-1")
        found = known.of("uid-1")
        assert found is not None
        assert found.labels == (("app", "cart"),)  # by default without what names one version

    polled(tmp_path, work)
    assert metric("answers") > before


def test_a_pod_that_is_not_known_is_asked_for_at_once_and_not_again(tmp_path: Path):
    async def work(node: Node, known: KnownPods) -> None:
        await node.was_asked(1)
        node.pods = [pod("late", "late")]
        await until_known(known, "late")
        asked = node.asked
        known.of("never")
        await node.was_asked(asked + 1)
        for n in range(100):
            known.of("never")
            await asyncio.sleep(0)
            known.of("late" if n % 2 else "never")
        node.pods.append(pod("later", "later"))
        await until_known(known, "later")
        assert node.asked == asked + 2

    polled(tmp_path, work)


def test_a_refusal_is_counted_and_the_kubelet_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    before = metric("failures", reason="forbidden")

    async def work(node: Node, known: KnownPods) -> None:
        await node.was_asked(2)
        node.status, node.pods = 200, [pod("cart", "uid-1")]
        await until_known(known, "uid-1")

    polled(tmp_path, work, status=403)
    assert metric("failures", reason="forbidden") >= before + 1
    assert "nodes/pods" in caplog.text
    assert TOKEN not in caplog.text


def test_what_is_no_list_of_pods_leaves_what_is_known(tmp_path: Path):
    async def main() -> None:
        node, known = Node(), KnownPods()
        async with answering(tmp_path, node.answer) as url:
            polling = PodPolling(settings(tmp_path, url), known)
            node.pods = [pod("cart", "uid-1")]
            await polling.look()
            node.pods = [{"metadata": []}]
            with pytest.raises(KubeletError, match="not a list of pods"):
                await polling.look()
        assert known.of("uid-1") is not None

    asyncio.run(main())


def test_a_kubelet_that_is_not_verified_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def work(node: Node, known: KnownPods) -> None:
        await node.was_asked(1)

    polled(tmp_path, work, insecure=True, ca_file=None)
    assert "agent.kubelet.insecure" in caplog.text


def test_it_stops_while_the_kubelet_does_not_answer(tmp_path: Path):
    async def main() -> None:
        asked, stop = asyncio.Event(), asyncio.Event()

        async def silent(_: web.Request) -> web.Response:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

        async with answering(tmp_path, silent) as url, asyncio.TaskGroup() as tasks:
            config = settings(tmp_path, url, timeout_seconds=60)
            tasks.create_task(PodPolling(config, KnownPods()).run(stop))
            async with asyncio.timeout(30):
                await asked.wait()
            stop.set()

    asyncio.run(main())
