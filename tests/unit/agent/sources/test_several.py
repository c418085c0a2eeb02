from __future__ import annotations

from pathlib import Path

from agent.sources.docker import Docker
from agent.sources.kubernetes import Kubernetes
from agent.sources.several import Several
from tests.support.docker_machine import DockerMachine


def test_several_sources_are_one(tmp_path: Path):
    """Files, folders, what is covered and what can't be read are those of all of them."""
    docker, pods = tmp_path / "docker", tmp_path / "pods"
    docker.mkdir()
    live = DockerMachine(docker).begin("till")
    pod = pods / "shop_cart-0_0c1/cart/0.log"
    pod.parent.mkdir(parents=True)
    pod.touch()
    source = Several([Kubernetes([pods, tmp_path / "none"], "here"), Docker([docker], "here")])
    assert [file.path for file in source.files()] == [str(pod), str(live)]
    assert {str(pod.parent), str(live.parent)} <= set(source.folders())
    assert source.covers(str(live))
    assert source.covers(str(pod))
    assert not source.covers("/elsewhere")
    assert dict(source.unreadable) == {str(tmp_path / "none"): "No such file or directory"}
