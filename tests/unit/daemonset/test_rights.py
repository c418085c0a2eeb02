"""What the pods may do on their nodes and in the cluster: as little as they need."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.manifests import BASE, PROCESSES, Manifest, container_of, get, pod_of, render

EACH = pytest.mark.parametrize("process", PROCESSES)
STOP_SECONDS = 10
"""What every process promises; see tests/support/processes.py."""


@pytest.fixture
def objects() -> list[Manifest]:
    return render(BASE)


@EACH
def test_a_container_can_gain_no_rights_and_write_nowhere(
    objects: list[Manifest], process: str
) -> None:
    security = container_of(objects, process)["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["readOnlyRootFilesystem"] is True
    assert security["capabilities"]["drop"] == ["ALL"]
    assert "privileged" not in security
    assert pod_of(objects, process)["securityContext"]["seccompProfile"] == {
        "type": "RuntimeDefault"
    }


@EACH
def test_no_pod_shares_the_nodes_namespaces_or_speaks_to_the_api(
    objects: list[Manifest], process: str
) -> None:
    """Only the agent has a token, which is for its kubelet."""
    pod = pod_of(objects, process)
    assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & pod.keys()
    assert pod["automountServiceAccountToken"] is (process == "agent")
    account = get(objects, "ServiceAccount", pod["serviceAccountName"])
    assert account["automountServiceAccountToken"] is False


def test_the_agent_may_read_the_kubelets_list_of_pods_and_nothing_else(
    objects: list[Manifest],
) -> None:
    """nodes/proxy would let it run commands in every pod of the cluster."""
    roles = [each for each in objects if each["kind"] in {"Role", "ClusterRole"}]
    [rule] = [rule for role in roles for rule in role["rules"]]
    assert rule == {"apiGroups": [""], "resources": ["nodes/pods"], "verbs": ["get"]}
    bindings = [each for each in objects if each["kind"] in {"RoleBinding", "ClusterRoleBinding"}]
    [binding] = bindings
    assert binding["roleRef"]["name"] == roles[0]["metadata"]["name"]
    [subject] = binding["subjects"]
    assert (subject["namespace"], subject["name"]) == ("clew-agent", "clew-agent")


@pytest.mark.parametrize("process", ["collector", "query"])
def test_who_needs_nothing_of_the_node_is_a_plain_user_without_it(
    objects: list[Manifest], process: str
) -> None:
    """As the level `restricted` of Pod Security asks, which their namespace enforces."""
    pod = pod_of(objects, process)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 65532
    assert "add" not in container_of(objects, process)["securityContext"]["capabilities"]
    assert all(volume.keys() & {"configMap", "secret"} for volume in pod["volumes"])
    labels = get(objects, "Namespace", "clew")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_agent_reads_the_node_and_writes_its_checkpoint(objects: list[Manifest]) -> None:
    container = container_of(objects, "agent")
    assert container["securityContext"]["capabilities"]["add"] == ["DAC_READ_SEARCH"]
    host = {v["name"]: v["hostPath"]["path"] for v in _host_volumes(objects)}
    mounts = {m["name"]: m for m in container["volumeMounts"]}
    assert host == {
        "pod-logs": "/var/log/pods",
        "proc": "/proc",
        "data": "/var/lib/clew/agent",
    }
    writable = [name for name in host if not mounts[name].get("readOnly", False)]
    assert writable == ["data"]


def test_the_agent_runs_on_every_node_and_is_evicted_last(objects: list[Manifest]) -> None:
    pod = pod_of(objects, "agent")
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert pod["priorityClassName"] == "system-node-critical"
    quota = get(objects, "ResourceQuota", "clew-agent-critical-pods")
    [scope] = quota["spec"]["scopeSelector"]["matchExpressions"]
    assert scope["values"] == [pod["priorityClassName"]]


def test_the_agent_knows_its_node_and_where_its_kubelet_is(objects: list[Manifest]) -> None:
    variables = {
        variable["name"]: variable["valueFrom"]["fieldRef"]["fieldPath"]
        for variable in container_of(objects, "agent")["env"]
    }
    assert variables == {"CLEW_NODE": "spec.nodeName", "CLEW_NODE_IP": "status.hostIP"}


@EACH
def test_secrets_are_read_by_the_process_alone(objects: list[Manifest], process: str) -> None:
    """Of root's agent by its owner, of the others by their group."""
    volumes = {volume["name"]: volume for volume in pod_of(objects, process)["volumes"]}
    expected = 0o400 if process == "agent" else 0o440
    assert volumes["secret"]["secret"]["defaultMode"] == expected
    context = pod_of(objects, process)["securityContext"]
    assert context.get("fsGroup") == (None if process == "agent" else 65532)


@EACH
def test_a_container_asks_for_something_and_is_held_to_something(
    objects: list[Manifest], process: str
) -> None:
    resources = container_of(objects, process)["resources"]
    assert resources["requests"].keys() == resources["limits"].keys() == {"cpu", "memory"}


@EACH
def test_a_busy_process_is_not_killed(objects: list[Manifest], process: str) -> None:
    """Nor one that tries a configuration which it can't start with, for 90 seconds."""
    container = container_of(objects, process)
    live: dict[str, Any] = container["livenessProbe"]
    assert live["httpGet"]["path"] == "/healthz"
    assert live["periodSeconds"] * live["failureThreshold"] >= 180
    assert live["timeoutSeconds"] >= 10
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("process", ["collector", "query"])
def test_who_waits_for_its_store_is_not_killed_meanwhile(
    objects: list[Manifest], process: str
) -> None:
    """A collector waits 60 s for Elasticsearch, and then ends by itself."""
    probe = container_of(objects, process)["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 90


@EACH
def test_there_is_time_to_stop(objects: list[Manifest], process: str) -> None:
    assert pod_of(objects, process)["terminationGracePeriodSeconds"] > STOP_SECONDS + 5


def _host_volumes(objects: list[Manifest]) -> list[dict[str, Any]]:
    return [volume for volume in pod_of(objects, "agent")["volumes"] if "hostPath" in volume]
