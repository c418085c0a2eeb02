"""The objects that `kubectl apply -k` makes of daemonset/: valid, and in agreement."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from clew import __version__
from clew.cli import COMMANDS
from tests.support.manifests import (
    BASE,
    EXAMPLE,
    PROCESSES,
    Manifest,
    config_files,
    container_of,
    get,
    pod_of,
    render,
    workload,
)

OLDEST = "1.29"
"""docs/install/kubernetes.md says so too."""
NEWEST = ".".join(kubernetes_validate.latest_version().split(".")[:2])
FOLDERS = pytest.mark.parametrize("folder", [BASE, EXAMPLE], ids=lambda folder: folder.name)
EACH = pytest.mark.parametrize("process", PROCESSES)
CLUSTER_WIDE = {"Namespace", "ClusterRole", "ClusterRoleBinding"}


@pytest.fixture(params=[BASE, EXAMPLE], ids=lambda folder: folder.name)
def objects(request: pytest.FixtureRequest) -> list[Manifest]:
    return render(request.param)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_knows_every_field(objects: list[Manifest], version: str) -> None:
    """By the schemas of its own API, and nothing is in the manifests that they do not have."""
    for each in objects:
        kubernetes_validate.validate(each, version, strict=True)


def test_a_field_that_kubernetes_does_not_know_would_be_found() -> None:
    """The proof that the test before can fail."""
    collector = workload(render(BASE), "collector")
    collector["spec"]["template"]["spec"]["containers"][0]["readyProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readyProbe"):
        kubernetes_validate.validate(collector, NEWEST, strict=True)


def test_there_is_what_the_three_processes_need(objects: list[Manifest]) -> None:
    """And one role, for what the agent asks its kubelet: nobody asks the API server."""
    assert Counter(each["kind"] for each in objects) == {
        "Namespace": 2,
        "ResourceQuota": 1,
        "ServiceAccount": 3,
        "ClusterRole": 1,
        "ClusterRoleBinding": 1,
        "ConfigMap": 3,
        "DaemonSet": 1,
        "Deployment": 2,
        "Service": 2,
        "PodDisruptionBudget": 2,
    }


def test_every_object_is_in_a_namespace_that_comes_with_it(objects: list[Manifest]) -> None:
    namespaces = {e["metadata"]["name"] for e in objects if e["kind"] == "Namespace"}
    for each in objects:
        if each["kind"] not in CLUSTER_WIDE:
            assert each["metadata"]["namespace"] in namespaces, each["metadata"]["name"]


def test_everything_is_marked_as_a_part_of_clew(objects: list[Manifest]) -> None:
    """What belongs to it can be listed and taken away by one label."""
    for each in objects:
        assert each["metadata"]["labels"]["app.kubernetes.io/part-of"] == "clew"


@EACH
def test_selectors_find_their_pods_and_no_others(objects: list[Manifest], process: str) -> None:
    found = workload(objects, process)
    labels = {p: workload(objects, p)["spec"]["template"]["metadata"]["labels"] for p in PROCESSES}
    selectors = [found["spec"]["selector"]["matchLabels"]]
    if process != "agent":
        selectors.append(get(objects, "Service", f"clew-{process}")["spec"]["selector"])
        budget = get(objects, "PodDisruptionBudget", f"clew-{process}")
        selectors.append(budget["spec"]["selector"]["matchLabels"])
        [spread] = pod_of(objects, process)["topologySpreadConstraints"]
        selectors.append(spread["labelSelector"]["matchLabels"])
    for selector in selectors:
        assert [p for p in PROCESSES if selector.items() <= labels[p].items()] == [process]


@EACH
def test_what_a_pod_names_is_in_its_namespace(objects: list[Manifest], process: str) -> None:
    """Its account and its configuration come with it; its secret is made beforehand."""
    namespace = workload(objects, process)["metadata"]["namespace"]
    pod = pod_of(objects, process)
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    for kind, name in (
        ("ServiceAccount", pod["serviceAccountName"]),
        ("ConfigMap", volumes["config"]["configMap"]["name"]),
    ):
        assert get(objects, kind, name)["metadata"]["namespace"] == namespace
    assert volumes["secret"]["secret"]["secretName"] == f"clew-{process}"
    assert not [each for each in objects if each["kind"] == "Secret"]


@EACH
def test_every_volume_is_mounted_and_every_mount_has_its_volume(
    objects: list[Manifest], process: str
) -> None:
    mounts = container_of(objects, process)["volumeMounts"]
    names = [volume["name"] for volume in pod_of(objects, process)["volumes"]]
    assert sorted(mount["name"] for mount in mounts) == sorted(names)
    assert not [mount for mount in mounts if "subPath" in mount]  # which would never change


@EACH
def test_the_command_is_one_of_ours_with_the_file_that_is_mounted(
    objects: list[Manifest], process: str
) -> None:
    command, option, file = container_of(objects, process)["args"]
    assert (command, option) == (process, "--config")
    assert command in COMMANDS
    mounts = {m["name"]: m["mountPath"] for m in container_of(objects, process)["volumeMounts"]}
    assert file == f"{mounts['config']}/{process}.yaml"
    assert process in dict(config_files(objects))


@EACH
def test_one_port_is_what_the_process_probes_service_and_scrapers_mean(
    objects: list[Manifest], process: str
) -> None:
    section = _section(objects, process)
    port = int(section["listen"].rpartition(":")[2])
    container = container_of(objects, process)
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    for probe in ("livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == "http"
    template = workload(objects, process)["spec"]["template"]
    assert template["metadata"]["annotations"]["prometheus.io/port"] == str(port)
    if process != "agent":
        [exposed] = get(objects, "Service", f"clew-{process}")["spec"]["ports"]
        assert (exposed["port"], exposed["targetPort"]) == (port, "http")


def test_agents_send_to_the_collectors_service(objects: list[Manifest]) -> None:
    service = get(objects, "Service", "clew-collector")
    [port] = service["spec"]["ports"]
    host = f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
    assert _section(objects, "agent")["collector_url"] == f"http://{host}:{port['port']}"


def test_the_agents_folders_are_those_of_the_node(objects: list[Manifest]) -> None:
    """Under the same paths as there: the path of a file stands in each of its lines."""
    section = _section(objects, "agent")
    volumes = {volume["name"]: volume for volume in pod_of(objects, "agent")["volumes"]}
    mounts = {m["name"]: m["mountPath"] for m in container_of(objects, "agent")["volumeMounts"]}
    assert section["logs"] == [mounts["pod-logs"]] == [volumes["pod-logs"]["hostPath"]["path"]]
    assert section["data"] == mounts["data"] == volumes["data"]["hostPath"]["path"]


@FOLDERS
def test_the_image_is_of_this_version(folder: Path) -> None:
    for process in PROCESSES:
        image = container_of(render(folder), process)["image"]
        name, _, tag = image.rpartition(":")
        assert tag == __version__
        assert name.rpartition("/")[2] == "clew"


def test_names_stay_when_a_setting_changes(objects: list[Manifest]) -> None:
    """Processes take a change by themselves; a new name would start all of them again."""
    names = [each["metadata"]["name"] for each in objects if each["kind"] == "ConfigMap"]
    assert sorted(names) == [f"clew-{process}" for process in PROCESSES]


def _section(objects: list[Manifest], process: str) -> Any:
    return yaml.safe_load(dict(config_files(objects))[process])[process]
