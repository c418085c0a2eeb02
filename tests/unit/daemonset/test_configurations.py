"""The configuration files in the ConfigMaps, as the processes in their containers read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config import AgentConfig
from clew.runtime.config import Section, parse, read_one
from collector.config import CollectorConfig
from query.config import QueryConfig
from tests.support.command_line import clew
from tests.support.manifests import BASE, EXAMPLE, PROCESSES, Manifest, config_files, container_of
from tests.support.manifests import render as render_folder

MODELS: dict[str, type[Section]] = {
    "agent": AgentConfig,
    "collector": CollectorConfig,
    "query": QueryConfig,
}


@pytest.fixture(params=[BASE, EXAMPLE], ids=lambda folder: folder.name)
def objects(request: pytest.FixtureRequest) -> list[Manifest]:
    return render_folder(request.param)


def sections(objects: list[Manifest]) -> dict[str, Any]:
    texts = dict(config_files(objects))
    return {name: read_one(parse(texts[name]), name, MODELS[name]) for name in PROCESSES}


def test_config_check_finds_them_correct(objects: list[Manifest], tmp_path: Path) -> None:
    for process, text in config_files(objects):
        file = tmp_path / f"{process}.yaml"
        file.write_text(text)
        done = clew("config", "check", str(file), CLEW_NODE="node-7")
        assert (done.returncode, done.stdout) == (0, f"{file}: correct: {process}\n"), done.stderr


def test_agents_of_one_file_are_of_different_nodes(
    objects: list[Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    for node in ("node-7", "node-8"):
        monkeypatch.setenv("CLEW_NODE", node)
        assert sections(objects)["agent"].node == node


def test_every_file_they_name_is_in_what_is_mounted(objects: list[Manifest]) -> None:
    """In the folder of the Secret; which keys it needs, docs/install/kubernetes.md says."""
    page = (Path(__file__).parents[3] / "docs" / "install" / "kubernetes.md").read_text()
    for process, section in sections(objects).items():
        mounts = {m["name"]: m["mountPath"] for m in container_of(objects, process)["volumeMounts"]}
        for setting, file in section.named_files().items():
            if file is not None:
                assert str(file.parent) == mounts["secret"], setting
                assert f"--from-file={file.name}" in page, setting


def test_only_the_stores_users_know_the_store(objects: list[Manifest]) -> None:
    """Both ask the same one; the agents' file has neither its address nor a key to it."""
    found = sections(objects)
    assert found["collector"].store == found["query"].store
    assert found["collector"].store.kind == "elasticsearch"  # which many may write
    agents = dict(config_files(objects))["agent"]
    assert "elasticsearch" not in agents
