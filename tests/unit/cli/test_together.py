"""What `clew up` makes of options and a file: one configuration for each process."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import AgentConfig
from clew.cli.together import Choices, Together, settle, write_files
from clew.runtime.addresses import free_port
from clew.runtime.config import load, read_one
from query.config import QueryConfig


def settled(folder: Path, text: str = "") -> AgentConfig:
    """The agent's section, as its process reads it."""
    return read_one(load(written(folder, text).config_file("agent")), "agent", AgentConfig)


def written(folder: Path, text: str = "") -> Together:
    """What was settled on, with the files of all processes written."""
    file = folder / "clew.yaml"
    file.write_text(text)
    (folder / "logs").mkdir()
    together = settle(
        Choices(
            demo=False,
            logs=[folder / "logs"],
            data=folder / "data",
            listen="127.0.0.1:0",
            collector_listen="127.0.0.1:0",
            agent_listen="127.0.0.1:0",
            file=file,
            elasticsearch=[],
            alertmanagers=[],
            rules=[],
            once=False,
        )
    )
    write_files(together)
    return together


def test_the_three_processes_are_scraped(tmp_path: Path):
    agent = settled(tmp_path)
    urls = {target.job: target.url for target in agent.metrics.targets}
    assert list(urls) == ["clew-agent", "clew-collector", "clew-query"]
    assert urls["clew-agent"] == f"http://{agent.listen}/metrics"
    assert urls["clew-collector"] == f"{agent.collector_url}/metrics"


def test_they_come_beside_what_a_file_says(tmp_path: Path):
    text = f"""
agent:
  metrics:
    interval_seconds: 5
    targets: [{{url: "http://127.0.0.1:{free_port("127.0.0.1")}/metrics", job: shop}}]
"""
    metrics = settled(tmp_path, text).metrics
    assert metrics.interval_seconds == 5
    jobs = [target.job for target in metrics.targets]
    assert jobs == ["shop", "clew-agent", "clew-collector", "clew-query"]


@pytest.mark.parametrize("text", ["agent: {metrics: }", "agent: {metrics: {enabled: false}}"])
def test_metrics_that_are_switched_off_stay_off(tmp_path: Path, text: str):
    assert not settled(tmp_path, text).metrics.enabled


def test_the_query_service_hands_changes_to_the_collector(tmp_path: Path):
    """At the address that it has got, with the token that it asks for."""
    token = tmp_path / "token"
    token.write_text("open sesame")
    together = written(tmp_path, f"collector: {{token_file: {token}}}")
    query = read_one(load(together.config_file("query")), "query", QueryConfig)
    assert query.collector_url == f"http://{together.collector.listen}"
    assert query.collector_token_file == token
