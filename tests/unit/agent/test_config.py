from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import AgentConfig
from clew.runtime.config import parse, read_one
from clew.runtime.errors import ConfigError


def config(text: str) -> AgentConfig:
    return read_one(parse(text), "agent", AgentConfig)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        config(text)
    return [str(problem) for problem in raised.value.problems]


def test_defaults():
    """An empty section is a DaemonSet's: the node's own pods, a collector beside it."""
    defaults = config("agent: {}")
    assert defaults.logs == [Path("/var/log/pods")]
    assert defaults.node
    assert defaults == config("")


def test_settings():
    found = config(
        """
        agent:
          logs: [/one, /two]
          collector_url: https://collector:8421/
          node: node-a
          batch_bytes: 65536
        """
    )
    assert found.logs == [Path("/one"), Path("/two")]
    assert found.collector_url == "https://collector:8421"
    assert (found.node, found.batch_bytes) == ("node-a", 65536)


def test_several_collectors():
    found = config("agent: {collector_url: [http://a:1/, https://b]}")
    assert found.collector_url == ["http://a:1", "https://b"]


@pytest.mark.parametrize(
    "urls", ["[]", "[http://a, http://a/]", "[http://a, somewhere]", "7", "[7]"]
)
def test_collectors_that_are_none(urls: str):
    (problem,) = problems(f"agent: {{collector_url: {urls}}}")
    assert problem.startswith("agent.collector_url: ")
    assert "expected" in problem


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("logs: []", "agent.logs: at least one folder was expected"),
        ("log: /var/log/pods", "agent.log: no such setting (found '/var/log/pods')"),
        (
            "batch_bytes: 1000",
            "agent.batch_bytes: Input should be greater than or equal to 65536 (found 1000)",
        ),
        (
            "look_interval_seconds: 0",
            "agent.look_interval_seconds: Input should be greater than 0 (found 0)",
        ),
    ],
)
def test_a_mistake(setting: str, problem: str):
    """It is named with its path, what was expected, and what was found."""
    assert problems(f"agent:\n  {setting}") == [problem]


@pytest.mark.parametrize("setting", ["listen", "collector_url"])
def test_an_address_that_is_none(setting: str):
    (problem,) = problems(f"agent:\n  {setting}: somewhere")
    assert problem.startswith(f"agent.{setting}: ")


def test_all_mistakes_at_once():
    found = problems("agent:\n  logs: []\n  node: [a]\n  batch_bytes: 1\n")
    assert [problem.split(":")[0] for problem in found] == [
        "agent.logs",
        "agent.node",
        "agent.batch_bytes",
    ]
