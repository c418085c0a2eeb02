"""What is sampled, under which labels, and at which second of an interval."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import AgentConfig
from agent.metrics.config import MetricsConfig, TargetConfig
from agent.metrics.queue import ScrapeQueue
from agent.metrics.sampling import (
    Sampling,
    node_target,
    offset_of,
    seconds_to_next,
    target_labels,
)
from agent.metrics.scraping import Scraper
from clew.schema.sample import Scrape, unpack_samples
from tests.support.documents import NOON
from tests.support.set_clock import SetClock

TARGET = TargetConfig(url="http://Shop.example/metrics", job="shop")


def config(**settings: object) -> AgentConfig:
    return AgentConfig(node="node-a", **settings)  # type: ignore[arg-type]


def test_the_labels_of_the_node():
    assert node_target(config()) == {"job": "node", "instance": "node-a", "node": "node-a"}
    assert node_target(config(cluster="live"))["cluster"] == "live"


@pytest.mark.parametrize(
    ("url", "instance"),
    [
        ("http://Shop.example/metrics", "shop.example:80"),
        ("https://shop.example/metrics", "shop.example:443"),
        ("http://shop.example:9100/", "shop.example:9100"),
        ("http://somebody:secret@[::1]:9100/", "[::1]:9100"),
    ],
)
def test_the_labels_of_a_target(url: str, instance: str):
    target = TargetConfig(url=url, job="shop", labels={"tier": "front"})
    assert target_labels(target, config(cluster="live")) == {
        "job": "shop",
        "instance": instance,
        "node": "node-a",
        "cluster": "live",
        "tier": "front",
    }


def test_configured_labels_go_over_ours():
    target = TARGET.model_copy(update={"labels": {"instance": "the shop"}})
    assert target_labels(target, config())["instance"] == "the shop"


def test_targets_are_spread_over_the_interval():
    """By their labels, so it is the same second after a restart."""
    offsets = [offset_of({"node": f"node-{n}"}, 15.0) for n in range(3000)]
    assert offsets == [offset_of({"node": f"node-{n}"}, 15.0) for n in range(3000)]
    per_second = [sum(second <= offset < second + 1 for offset in offsets) for second in range(15)]
    assert sum(per_second) == 3000
    assert min(per_second) > 100


@given(st.floats(0, 2e9), st.floats(1, 3600), st.floats(0, 0.999))
def test_the_next_time_is_at_the_offset_and_not_at_once(now: float, interval: float, share: float):
    seconds = seconds_to_next(now, interval, interval * share)
    assert interval / 10 < seconds <= interval * 1.1
    place = (now + seconds - interval * share) % interval
    assert min(place, interval - place) < 1e-3


def test_a_timer_that_rings_early_does_not_ring_twice():
    assert seconds_to_next(29.999, 15.0, 0.0) == pytest.approx(15.001)
    assert seconds_to_next(30.0, 15.0, 0.0) == 15.0


def read_node(folder: Path, procfs: Path) -> list[Scrape | None]:
    """What two samplings of the node give."""

    async def run() -> list[Scrape | None]:
        settings = config(metrics=MetricsConfig(procfs=procfs))
        with ThreadPoolExecutor(1) as thread:
            queue = ScrapeQueue(folder / "spool", 2**20, thread)
            async with aiohttp.ClientSession() as session:
                scraper = Scraper(session, queue, SetClock(), 1.0)
                sampling = Sampling(settings, scraper, queue, SetClock())
                return [sampling.read_node(), sampling.read_node()]

    return asyncio.run(run())


def test_the_node_is_one_scrape(tmp_path: Path):
    (tmp_path / "loadavg").write_text("1 2 3 1/9 4\n")
    scrape, _ = read_node(tmp_path, tmp_path)
    assert scrape is not None
    assert (scrape.target, scrape.time) == (node_target(config()), NOON)
    assert [sample.value for sample in unpack_samples(scrape.packed)] == [1.0, 2.0, 3.0]


def test_without_procfs_there_is_no_scrape_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        assert read_node(tmp_path, tmp_path / f"nowhere {tmp_path.name}") == [None, None]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == len(set(said))
