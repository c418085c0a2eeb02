"""What a real kubelet says of its pods, to whom, and what the agent makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.following import Following, Line, kubelet_settings, text
from tests.support.kubernetes.pods import (
    account,
    container,
    give_rights,
    may_get,
    pod,
    wait_for_end,
)
from tests.support.processes import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

FAILURES = "clew_agent_kubelet_failures_total"
SUBRESOURCES = ("pods", "proxy", "log", "metrics", "stats")
ANSWERS = "clew_agent_kubelet_answers_total"
SPEAKING = "sleep 5; i=0; while [ $i -lt 100 ]; do echo said $i; i=$((i+1)); usleep 30000; done"
"""The first line comes when the agent has had time to ask whose it is."""


def deployment(namespace: str, name: str) -> dict[str, Any]:
    template = pod(namespace, name, container("app", f"{SPEAKING}; sleep 1000"))
    template["spec"]["restartPolicy"] = "Always"
    labels = {"app": "shop", "tier": "front"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": template["spec"]},
        },
    }


def lines_of_one(following: Following, cluster: Cluster, namespace: str, name: str) -> list[Line]:
    """Of the first pod of a namespace whose name begins so, once they are stored."""
    pods = cluster.get("pods", "-n", namespace)["items"]
    [found] = [
        each["metadata"]["name"] for each in pods if each["metadata"]["name"].startswith(name)
    ]
    wait_until(lambda: len(following.lines(namespace, found)) == 100, "its lines are stored")
    return following.lines(namespace, found)


def test_with_the_rights_of_the_daemon_set_lines_say_whose_they_are(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Labels, workload and class of service, as the kubelet's own /pods has them."""
    with cluster.namespace("known") as namespace:
        token = account(cluster, namespace)
        give_rights(cluster, namespace)
        assert [each for each in SUBRESOURCES if may_get(cluster, namespace, each)] == ["pods"]
        settings = kubelet_settings(tmp_path, cluster, token)
        with Following(tmp_path, cluster, kubelet=settings) as following:
            cluster.apply(deployment(namespace, "front"))
            cluster.kubectl(
                *("wait", "--for=condition=Available", "deployment/front", "-n", namespace)
            )
            lines = lines_of_one(following, cluster, namespace, "front")
            assert following.agent.metric(ANSWERS)
    for line in lines:
        assert line["kubernetes.labels"] == {"app": "shop", "tier": "front"}
        assert line["kubernetes.workload.name"] == "front"
        assert line["kubernetes.workload.kind"] == "Deployment"
        assert line["kubernetes.pod.qos_class"] == "BestEffort"
        assert line["kubernetes.node.name"] == cluster.node
        assert line["service.name"] == "shop"  # the label `app`


def test_a_static_pod_is_known_though_its_folder_has_a_hash(
    cluster: Cluster, tmp_path: Path
) -> None:
    manifest = pod("default", "static", container("app", SPEAKING), restartPolicy="Always")
    manifest["metadata"]["labels"] = {"app": "of-the-node"}
    file = cluster.static_pods / "static.yaml"
    with cluster.namespace("static") as namespace:
        token = account(cluster, namespace)
        give_rights(cluster, namespace)
        manifest["metadata"]["namespace"] = namespace
        settings = kubelet_settings(tmp_path, cluster, token)
        with Following(tmp_path, cluster, kubelet=settings) as following:
            file.write_text(yaml.safe_dump(manifest))
            try:
                name = f"static-{cluster.node}"
                wait_until(lambda: following.lines(namespace, name), "its lines are stored")
                lines = following.lines(namespace, name)
            finally:
                file.unlink()
    assert {line["kubernetes.labels"]["app"] for line in lines} == {"of-the-node"}


@pytest.mark.parametrize(
    ("known", "reason", "advice"),
    [(True, "forbidden", "may not get nodes/pods"), (False, "unauthenticated", "no such token")],
    ids=["403", "401"],
)
def test_who_may_not_ask_has_all_lines_all_the_same(
    cluster: Cluster, tmp_path: Path, known: bool, reason: str, advice: str
) -> None:
    """They lack labels only, and it is said what has to be done about that."""
    with cluster.namespace("unknown") as namespace:
        token = account(cluster, namespace) if known else "nobody's"
        settings = kubelet_settings(tmp_path, cluster, token)
        with Following(tmp_path, cluster, kubelet=settings) as following:
            cluster.apply(pod(namespace, "speaking", container("app", SPEAKING)))
            lines = lines_of_one(following, cluster, namespace, "speaking")
            assert following.agent.metric(FAILURES, reason=reason)
            assert not following.agent.metric(ANSWERS)
            assert advice in following.agent.log
            following.come_to_rest(namespace)
    assert [text(line) for line in lines] == [f"said {i}" for i in range(100)]
    assert all(line.get("kubernetes.labels") is None for line in lines)


def test_a_kubelet_that_is_gone_for_a_while_holds_up_no_line(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Containers go on without it; when it is back it is asked again."""
    with cluster.namespace("gone") as namespace:
        token = account(cluster, namespace)
        give_rights(cluster, namespace)
        settings = kubelet_settings(tmp_path, cluster, token)
        with Following(tmp_path, cluster, kubelet=settings) as following:
            cluster.apply(pod(namespace, "speaking", container("app", f"{SPEAKING}; sleep 1000")))
            cluster.kubectl("wait", "--for=condition=Ready", "pod/speaking", "-n", namespace)
            cluster.stop_kubelet()
            try:
                lines = lines_of_one(following, cluster, namespace, "speaking")
                wait_until(
                    lambda: following.agent.metric(FAILURES, reason="unreachable"), "it is missed"
                )
            finally:
                cluster.start_kubelet()
            answers = following.agent.metric(ANSWERS) or 0
            wait_until(lambda: (following.agent.metric(ANSWERS) or 0) > answers, "it answers again")
            following.come_to_rest(namespace)
    assert [text(line) for line in lines] == [f"said {i}" for i in range(100)]


def test_an_excluded_container_is_not_read_and_its_bytes_are_counted(
    cluster: Cluster, tmp_path: Path
) -> None:
    with cluster.namespace("excluded") as namespace:
        token = account(cluster, namespace)
        give_rights(cluster, namespace)
        settings = {
            "kubelet": kubelet_settings(tmp_path, cluster, token),
            "annotations": {"rules": [{"namespaces": [namespace], "allow": ["exclude"]}]},
        }
        with Following(tmp_path, cluster, **settings) as following:
            containers = [container(name, SPEAKING) for name in ("app", "sidecar")]
            wish = {"clew/exclude": "sidecar"}
            cluster.apply(pod(namespace, "both", *containers, annotations=wish))
            wait_for_end(cluster, namespace, "both")
            [file] = cluster.logs_of(namespace, "both", "sidecar")
            size = file.stat().st_size
            lines = lines_of_one(following, cluster, namespace, "both")
            books = following.come_to_rest(namespace)
    assert {line["kubernetes.container.name"] for line in lines} == {"app"}
    assert books[namespace, "both", "sidecar"]["excluded_bytes_total"] == size > 0
    assert books[namespace, "both", "sidecar"]["stored_bytes_total"] == 0
