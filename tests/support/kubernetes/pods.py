"""Manifests of pods that write what a shell says, and of who may read what about them."""

from __future__ import annotations

from typing import Any

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.image import BUSYBOX
from tests.support.manifests import BASE, Manifest, get, render
from tests.support.processes import wait_until

ACCOUNT = "clew-agent"
ENDED = ("Succeeded", "Failed")


def container(name: str, script: str, **more: Any) -> Manifest:
    return {"name": name, "image": BUSYBOX, "command": ["sh", "-c", script], **more}


def pod(
    namespace: str,
    name: str,
    *containers: Manifest,
    annotations: dict[str, str] | None = None,
    **spec: Any,
) -> Manifest:
    """It runs once, and goes at once when it is told to."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "annotations": annotations or {}},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "enableServiceLinks": False,
            "containers": list(containers),
            **spec,
        },
    }


def phase(cluster: Cluster, namespace: str, name: str) -> str:
    return str(cluster.get("pod", name, "-n", namespace)["status"]["phase"])


def wait_for_end(cluster: Cluster, namespace: str, *names: str, seconds: float = 120) -> None:
    """Until all containers of the pods have ended."""
    for name in names:
        wait_until(
            lambda name=name: phase(cluster, namespace, name) in ENDED, f"{name} ends", seconds
        )


def account(cluster: Cluster, namespace: str) -> str:
    """A service account, without any right yet; its token."""
    cluster.kubectl("create", "serviceaccount", ACCOUNT, "-n", namespace)
    return cluster.token(ACCOUNT, namespace)


def give_rights(cluster: Cluster, namespace: str) -> None:
    """Those that the DaemonSet's own ClusterRole gives the agent, once they are in force."""
    cluster.apply(get(render(BASE), "ClusterRole", "clew-agent"))
    of_role, of_account = "--clusterrole=clew-agent", f"--serviceaccount={namespace}:{ACCOUNT}"
    cluster.kubectl("create", "clusterrolebinding", f"clew-{namespace}", of_role, of_account)
    wait_until(lambda: may_get(cluster, namespace, "pods"), "the rights are in force")


def may_get(cluster: Cluster, namespace: str, of_nodes: str) -> bool:
    """Whether the account may get a subresource of nodes, as the kubelet asks about it."""
    return cluster.can_i(ACCOUNT, namespace, "get", "nodes", f"--subresource={of_nodes}")
