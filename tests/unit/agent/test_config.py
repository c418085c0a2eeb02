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


def test_no_source_but_pods_is_on_by_default():
    found = config("")
    assert [found.docker.enabled, found.mesos.enabled, found.journald.enabled] == [False] * 3
    assert (found.files, found.linked_logs) == ([], [])


@pytest.mark.parametrize(
    "other",
    [
        "docker: {enabled: true}",
        "mesos: {enabled: true}",
        "journald: {enabled: true}",
        "files: [{paths: [/var/log/*.log]}]",
    ],
)
def test_with_another_source_there_may_be_no_pods(other: str):
    assert config(f"agent: {{logs: [], {other}}}").logs == []


def test_a_source_of_nothing_is_off():
    assert config("agent: {docker: null, mesos: null, journald: null, files: null}") == config("")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("var/log/*.log", "an absolute path without `..` was expected"),
        ("/var/../etc/*", "an absolute path without `..` was expected"),
        ("/var/log/", "an absolute path without `..` was expected"),
        ("/var/log/**", "`**` stands for folders, and a file was expected"),
        ("/var/log/a**/b", "`**` stands between slashes"),
    ],
)
def test_what_is_no_pattern_of_files(path: str, why: str):
    [problem] = problems(f"agent: {{files: [{{paths: ['{path}']}}]}}")
    assert problem == f"agent.files.0.paths: {path!r}: {why}"


def test_files_without_paths_and_labels_that_are_too_long():
    long = "x" * 2000
    found = problems(
        f"agent: {{files: [{{service: till}}, {{paths: [/a], labels: {{a: {long}}}}}]}}"
    )
    assert [problem.partition(":")[0] for problem in found] == [
        "agent.files.0.paths",
        "agent.files.1.labels",
    ]


def test_the_key_of_redaction_is_one_of_the_files_that_count():
    """A change of what stands in it is one of the configuration."""
    found = config("agent: {redaction: {key_file: /etc/clew/key}}")
    assert found.named_files()["redaction.key_file"] == Path("/etc/clew/key")
