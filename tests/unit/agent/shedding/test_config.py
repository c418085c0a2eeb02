"""What a configuration may say of shedding, limits and annotations, and each mistake in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from agent.config import AgentConfig
from agent.metadata.annotations import Annotation
from agent.shedding.kinds import Kind
from clew.runtime.config import parse, read_one
from clew.runtime.errors import ConfigError

PAGE = (Path(__file__).parents[4] / "docs" / "degradation.md").read_text()


def config(text: str) -> AgentConfig:
    return read_one(parse(text), "agent", AgentConfig)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        config(text)
    return [str(problem) for problem in raised.value.problems]


def rung(text: str) -> str:
    return f"agent: {{shedding: {{ladder: [{{{text}}}]}}}}"


def test_nothing_is_shed_nor_limited_unless_asked_for():
    """And pods may ask for everything but to be left out."""
    found = config("")
    assert (found.shedding.ladder, found.shedding.never, found.rate_limits.rules) == ([], [], [])
    assert found.shedding.kept == 50 * 1024 * 1024
    assert found.annotations.allowed("shop") == frozenset(Annotation) - {Annotation.EXCLUDE}


def test_the_examples_of_the_page_are_taken():
    shedding, limits, annotations = (
        config(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    )
    ladder = shedding.shedding.ladder
    assert [each.name for each in ladder] == ["debug", "info", "batch"]
    assert ladder[0].shed == [Kind.TRACE, Kind.DEBUG]
    assert ladder[0].limits == {"unread": 2**30, "behind": 120.0, "kept_share": 0.5}
    assert limits.rate_limits.rules[0].bytes_per_second == 2**20
    assert annotations.annotations.allowed("kube-system") == frozenset(Annotation)
    assert annotations.annotations.allowed("sandbox-1") == frozenset()
    assert Annotation.EXCLUDE not in annotations.annotations.allowed("shop")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "name: a, shed: [error], unread: 1GiB",
            (
                "shed.0: lines that tell of a failure are never shed: trace, debug, info, warn, "
                "unknown may be (found 'error')"
            ),
        ),
        (
            "name: a, shed: [chatter], unread: 1GiB",
            "shed.0: one of trace, debug, info, warn, unknown was expected (found 'chatter')",
        ),
        (
            "name: a, shed: [debug], unread: 5m",
            "unread: a size such as 64KiB, 256MiB or 1GB was expected (found '5m')",
        ),
        (
            "name: a, shed: [debug], behind: 120",
            "behind: a duration such as 30s, 5m or 1h30m was expected (found 120)",
        ),
        (
            "name: a, shed: [debug], kept_share: 120%",
            "kept_share: a share such as 50% or 0.5 was expected, at most 100% (found '120%')",
        ),
        (
            "name: a, shed: [debug], unread: 1, release_share: 100%",
            (
                "release_share: less than 100% was expected, or it would come and go with every "
                "look (found '100%')"
            ),
        ),
        (
            "name: a, shed: [debug], unread: 1, namespaces: [Shop]",
            "namespaces: 'Shop' can be no namespace; `*` and `?` may stand in it",
        ),
    ],
)
def test_a_mistake_in_a_rung(text: str, problem: str):
    assert problems(rung(text)) == [f"agent.shedding.ladder.0.{problem}"]


def test_a_rung_without_a_limit():
    (problem,) = problems(rung("name: a, shed: [debug]"))
    assert problem == (
        "agent.shedding.ladder.0: a limit was expected: one of unread, behind, kept_share"
    )


@pytest.mark.parametrize(
    ("then", "problem"),
    [
        ("name: a, shed: [info], unread: 2GiB", "2 rungs are called 'a'"),
        ("name: b, shed: [info], unread: 1MiB", "'b' comes after 'a', and has less unread"),
    ],
)
def test_rungs_that_are_no_ladder(then: str, problem: str):
    text = f"name: a, shed: [debug], unread: 1GiB}}, {{{then}"
    assert problems(rung(text)) == [f"agent.shedding.ladder: {problem}"]


def test_mistakes_of_all_parts_at_once():
    found = problems(
        """
        agent:
          shedding:
            never: ["no such!"]
            ladder: [{name: A!, shed: [], unread: 1GiB}]
          rate_limits:
            rules: [{lines_per_second: 0}, {bytes_per_second: fast}]
            burst: soon
          annotations:
            rules: [{allow: [everything]}]
        """
    )
    assert [problem.split(":")[0] for problem in found] == [
        "agent.shedding.ladder.0.name",
        "agent.shedding.ladder.0.shed",
        "agent.shedding.never",
        "agent.rate_limits.rules.0.lines_per_second",
        "agent.rate_limits.rules.1.bytes_per_second",
        "agent.rate_limits.burst",
        "agent.annotations.rules.0.allow.0",
    ]


def test_the_page_names_every_kind_measure_and_annotation():
    for word in (*Kind, "unread", "behind", "kept_share", "release_share", "never"):
        assert f"`{word}`" in PAGE
    for annotation in Annotation:
        assert f"`clew/{annotation}`" in PAGE


def test_a_section_is_the_same_when_it_is_written_down_and_read_again():
    """As `clew up` does it for its processes."""
    for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        section = config(text)
        dumped = yaml.safe_dump({"agent": section.model_dump(mode="json", exclude_none=True)})
        assert config(dumped) == section
