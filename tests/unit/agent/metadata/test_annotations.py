"""What pods ask for in their annotations, and what is ignored of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.metadata.annotations import (
    MOST_PROBLEMS,
    NO_WISHES,
    Annotation,
    ContainerWishes,
    PodWishes,
    parse_annotations,
)
from agent.metadata.policy import AnnotationsConfig
from agent.shedding.rates import Rate


def parsed(annotations: dict[str, str]) -> tuple[PodWishes, list[str]]:
    return parse_annotations(
        annotations,
        allowed=list(Annotation),
        dialects=["json", "text"],
        containers=["app", "sidecar", "proxy"],
    )


def wishes(**annotations: str) -> PodWishes:
    own = {f"clew/{name.replace('_', '-')}": text for name, text in annotations.items()}
    found, problems = parsed(own)
    assert problems == []
    return found


def excluded(found: PodWishes) -> list[str]:
    return [name for name in ("app", "sidecar", "proxy") if found.of(name).exclude]


def test_a_pod_without_annotations_of_ours_asks_for_nothing():
    assert parsed({"prometheus.io/scrape": "true"}) == (NO_WISHES, [])
    assert NO_WISHES.of("app") == ContainerWishes()


def test_a_value_without_a_name_holds_for_all_containers():
    found = wishes(exclude="true", dialect="json", schema="strict", rate_limit="1000")
    assert found.of("app") == found.of("sidecar")
    assert found.of("app") == ContainerWishes(True, "json", "strict", Rate(lines=1000.0))


def test_containers_may_have_values_of_their_own():
    found = wishes(rate_limit="app=1000, sidecar=64KiB", dialect="text, app=json")
    assert found.of("app") == ContainerWishes(False, "json", None, Rate(lines=1000.0))
    assert found.of("sidecar") == ContainerWishes(False, "text", None, Rate(bytes=65_536))
    assert found.of("proxy") == ContainerWishes(False, "text")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("true", ["app", "sidecar", "proxy"]),
        ("false", []),
        ("sidecar, proxy", ["sidecar", "proxy"]),
        ("true, app=false", ["sidecar", "proxy"]),
        ("app=true", ["app"]),
    ],
)
def test_containers_that_are_not_read(text: str, names: list[str]):
    assert excluded(wishes(exclude=text)) == names


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("exclude", "yes=true", "'yes=true': the pod has no such container, but app, sidecar, pro"),
        ("exclude", "app=maybe", "'app=maybe': true, false or names of containers were expected"),
        ("exclude", "no!", "'no!': a container's name was expected"),
        ("dialect", "xml", "'xml': one of json, text was expected"),
        ("schema", "A B", "'A B': a name in small letters was expected"),
        ("rate-limit", "fast", "'fast': lines per second (1000) or bytes per second (1MiB) were"),
        ("rate-limit", "=5", "'=5': a container's name was expected"),
        ("rate-limit", "5, 6", "'6': stated more than once"),
        ("rate-limit", " , ", "it is empty"),
    ],
)
def test_what_cannot_be_read_is_said_and_ignored(name: str, text: str, problem: str):
    found, problems = parsed({f"clew/{name}": text})
    (said,) = problems
    assert said.startswith(f"clew/{name}: {problem}")
    if text != "5, 6":
        assert found == NO_WISHES


def test_what_is_right_counts_beside_what_is_wrong():
    found, problems = parsed({"clew/rate-limit": "app=1000, sidecar=fast", "clew/exclude": "proxy"})
    assert found.of("app").rate == Rate(lines=1000.0)
    assert found.of("sidecar").rate == Rate()
    assert excluded(found) == ["proxy"]
    assert len(problems) == 1


def test_a_name_of_ours_that_there_is_not_is_said():
    """It is a slip of somebody who wants something."""
    found, problems = parsed({"clew/ratelimit": "1000"})
    assert found == NO_WISHES
    assert problems == [
        (
            "'clew/ratelimit': no such annotation; there are "
            "clew/exclude, clew/dialect, clew/schema, clew/rate-limit"
        )
    ]


def test_what_the_policy_does_not_allow_is_said_and_ignored():
    policy = AnnotationsConfig.model_validate(
        {"rules": [{"namespaces": ["ops-*"], "allow": ["exclude"]}]}
    )
    asked = {"clew/exclude": "true", "clew/rate-limit": "5"}
    found, problems = parse_annotations(asked, allowed=policy.allowed("ops-1"))
    assert found.of("app") == ContainerWishes(exclude=True)
    assert problems == ["clew/rate-limit: the configuration of the agent does not allow it here"]
    found, problems = parse_annotations(asked, allowed=policy.allowed("shop"))
    assert found.of("app") == ContainerWishes(rate=Rate(lines=5.0))
    assert problems == ["clew/exclude: the configuration of the agent does not allow it here"]


def test_nobody_can_fill_the_log_with_mistakes():
    """Neither with many, nor with long ones, nor with what moves a terminal's cursor."""
    _, problems = parsed({"clew/exclude": ", ".join(["\x1b[2J" + "x" * 1000] * 500)})
    assert len(problems) == MOST_PROBLEMS
    assert max(map(len, problems)) < 300
    assert "\x1b" not in "".join(problems)


@given(st.dictionaries(st.sampled_from([f"clew/{each}" for each in Annotation]), st.text()))
def test_whatever_is_written_there_none_raises(annotations: dict[str, str]):
    found, _ = parsed(annotations)
    assert isinstance(found.of("app"), ContainerWishes)
