"""What daemonset/Dockerfile says, as nobody here may have an engine that builds it."""

from __future__ import annotations

import re
from fnmatch import fnmatch

import clew_logging
from clew import __version__
from tests.support.dockerfile import Stage, read_stages
from tests.support.manifests import DAEMONSET, PROCESSES, container_of, pod_of, render
from tests.support.wheel import CHECKOUT

WHEELS = [
    f"dist/clew-{__version__}-py3-none-any.whl",
    f"dist/clew_logging-{clew_logging.__version__}-py3-none-any.whl",
]


def stages() -> tuple[Stage, Stage]:
    build, final = read_stages(DAEMONSET / "Dockerfile")
    return build, final


def test_every_source_is_there_and_reaches_the_builder():
    """The wheels are what `make wheel` leaves; tests/acceptance builds and installs them."""
    allowed = [
        line.removeprefix("!")
        for line in (CHECKOUT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    [copied] = stages()[0].all("COPY")
    *sources, _ = copied.split()
    assert sources == ["requirements/runtime.txt", *WHEELS]
    assert (CHECKOUT / sources[0]).is_file()
    for source in sources:
        assert any(fnmatch(source, pattern) for pattern in allowed), source


def test_both_stages_stand_on_one_base_that_can_be_pinned():
    """What was built against one libc and one Python runs with them."""
    build, final = stages()
    assert build.base == f"{final.base} AS build"
    assert (DAEMONSET / "Dockerfile").read_text().count("FROM ${BASE}") == 2


def test_only_the_environment_gets_into_the_image_and_to_the_same_place():
    _, final = stages()
    assert final.all("COPY") == ["--from=build /opt/clew /opt/clew"]
    assert final.all("RUN") == []


def test_packages_come_by_their_hashes_and_without_a_compiler():
    first, *installs = stages()[0].all("RUN")
    assert first == "python -m venv --without-pip /opt/clew"
    assert len(installs) == 2
    assert "--require-hashes --only-binary :all: -r /build/runtime.txt" in installs[0]
    assert "--no-index --no-deps" in installs[1]


def test_the_image_starts_clew_as_the_user_of_the_manifests():
    _, final = stages()
    assert final.all("ENTRYPOINT") == ['["clew"]']
    [user] = final.all("USER")
    objects = render(DAEMONSET / "base")
    for process in PROCESSES:
        assert "command" not in container_of(objects, process)
        context = pod_of(objects, process)["securityContext"]
        if process != "agent":
            assert user == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_the_image_says_what_it_is():
    [labels] = stages()[1].all("LABEL")
    found = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', labels))
    assert found["version"] == __version__
    assert found.keys() == {"title", "description", "version", "revision", "licenses"}
