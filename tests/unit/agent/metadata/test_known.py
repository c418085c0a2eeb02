"""The pods that are known: asked for by one thread, learnt in another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import REGISTRY

from agent.metadata import known as known_module
from agent.metadata.known import KnownPods
from agent.metadata.pods import PodMetadata


def metadata(uid: str, config_hash: str = "") -> PodMetadata:
    return PodMetadata(uid, config_hash, (), {}, "Pod", uid, "", "")


def run(work: Callable[[KnownPods], Awaitable[None]]) -> None:
    async def main() -> None:
        await work(KnownPods())

    asyncio.run(main())


async def asked_from_elsewhere(known: KnownPods, uid: str) -> PodMetadata | None:
    found = await asyncio.to_thread(known.of, uid)
    await asyncio.sleep(0)
    return found


def test_a_pod_is_found_by_its_uid_and_by_its_hash():
    async def work(known: KnownPods) -> None:
        static = metadata("uid", "hash")
        known.learn([static], known.asked())
        assert known.of("uid") is known.of("hash") is static
        assert not known.wanted.is_set()

    run(work)


def test_a_pod_that_is_not_known_is_none_at_once_and_wanted():
    async def work(known: KnownPods) -> None:
        assert await asked_from_elsewhere(known, "uid") is None
        assert known.wanted.is_set()
        asked = known.asked()
        assert asked == {"uid"}
        assert not known.wanted.is_set()
        known.learn([metadata("uid")], asked)
        assert known.of("uid") == metadata("uid")

    run(work)


def test_a_pod_that_the_kubelet_does_not_have_is_asked_for_once():
    """And found all the same by a later look: a kubelet that just began has not all of its own."""

    async def work(known: KnownPods) -> None:
        await asked_from_elsewhere(known, "uid")
        known.learn([], known.asked())
        assert await asked_from_elsewhere(known, "uid") is None
        assert not known.wanted.is_set()
        known.learn([metadata("uid")], known.asked())
        assert known.of("uid") == metadata("uid")

    run(work)


def test_a_pod_that_came_while_the_kubelet_answered_is_asked_for_again():
    async def work(known: KnownPods) -> None:
        asked = known.asked()
        await asked_from_elsewhere(known, "uid")
        known.learn([], asked)
        assert known.wanted.is_set()
        assert known.asked() == {"uid"}

    run(work)


def test_a_pod_that_is_gone_is_known_as_long_as_it_has_files():
    async def work(known: KnownPods) -> None:
        known.learn([metadata("old"), metadata("new")], known.asked())
        known.keep(["old", "new"])
        known.learn([metadata("new")], known.asked())
        assert known.of("old") == metadata("old")
        known.keep(["new"])
        assert known.of("old") is None
        known.keep([])
        assert known.of("new") == metadata("new")  # it is there; its files will be

    run(work)


def test_of_the_pods_that_are_gone_only_the_last_are_known(monkeypatch):
    monkeypatch.setattr(known_module, "MOST_GONE", 2)

    async def work(known: KnownPods) -> None:
        for uid in "abcd":
            known.learn([metadata(uid)], known.asked())
        assert [uid for uid in "abcd" if known.of(uid)] == ["b", "c", "d"]

    run(work)


def test_how_many_are_known_and_how_many_are_not_is_told():
    def gauge(name: str) -> float | None:
        return REGISTRY.get_sample_value(f"clew_agent_{name}_pods")

    async def work(known: KnownPods) -> None:
        known.of("gone")
        known.learn([metadata("uid", "hash")], known.asked())
        assert (gauge("known"), gauge("unknown")) == (1, 1)
        known.keep(["uid"])
        assert (gauge("known"), gauge("unknown")) == (1, 0)

    run(work)
