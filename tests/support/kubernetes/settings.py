"""The files that containerd, its network plugins and the kubelet are configured with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.support.kubernetes.image import PAUSE
from tests.support.kubernetes.places import (
    BRIDGE,
    FIRST_POD,
    NODE_ADDRESS,
    PODS,
    SERVICES,
)
from tests.support.kubernetes.programs import Programs

LOG_SIZE = "100Ki"
LOG_FILES = 5
LOG_LOOK_SECONDS = 3
"""The shortest that the kubelet takes: a fast writer's files are larger than LOG_SIZE."""

# restrict_oom_score_adj: a machine may lack CAP_SYS_RESOURCE, and then no pod would start.
_CONTAINERD = """
version = 2
root = "{folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{folder}/network"
"""


def write_settings(folder: Path, programs: Programs) -> None:
    containerd = _CONTAINERD.format(folder=folder, plugins=programs.plugins, pause=PAUSE)
    (folder / "containerd.toml").write_text(containerd)
    (folder / "network").mkdir()
    (folder / "network" / "pods.conflist").write_text(json.dumps(_network()))
    (folder / "static-pods").mkdir()
    (folder / "kubelet.yaml").write_text(yaml.safe_dump(_kubelet(folder)))


def _network() -> dict[str, Any]:
    """Pods reach the node, each other and services, and nothing else: there is no way out."""
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": PODS, "rangeStart": FIRST_POD, "gateway": NODE_ADDRESS}]],
        "routes": [{"dst": SERVICES}],
    }
    bridge = {"type": "bridge", "bridge": BRIDGE, "isGateway": True, "hairpinMode": True}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge | {"ipam": addresses}]}


def _kubelet(folder: Path) -> dict[str, Any]:
    access = folder / "access"
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": False,  # a machine may have no other
        "cgroupDriver": "cgroupfs",
        "containerRuntimeEndpoint": "unix:///run/containerd.sock",
        "staticPodPath": f"{folder}/static-pods",
        "address": NODE_ADDRESS,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{access}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{access}/node.crt",
        "tlsPrivateKeyFile": f"{access}/node.key",
        "resolvConf": "",
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        "containerLogMaxSize": LOG_SIZE,
        "containerLogMaxFiles": LOG_FILES,
        "containerLogMonitorInterval": f"{LOG_LOOK_SECONDS}s",
        # However full the disk of a machine is, its pods run and its images stay.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "50Mi"},
    }
