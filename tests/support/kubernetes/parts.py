"""The command of each part of a cluster: two of containerd's, the rest of the one binary."""

from __future__ import annotations

from pathlib import Path

from tests.support.kubernetes.places import (
    API_SERVER_PORT,
    ETCD,
    ETCD_PEER,
    NODE,
    NODE_ADDRESS,
    SERVICES,
)
from tests.support.kubernetes.programs import Programs

Command = list[str | Path]


def commands(programs: Programs, folder: Path) -> dict[str, Command]:
    """Part -> command, in the order in which they are started."""
    access = folder / "access"
    return {
        "containerd": [programs.containerd, "--config", folder / "containerd.toml"],
        "etcd": [programs.kube, "etcd", *_etcd(folder)],
        "kube-apiserver": [programs.kube, "kube-apiserver", *_api_server(access)],
        "kube-controller-manager": [
            *(programs.kube, "kube-controller-manager", "--leader-elect=false"),
            f"--kubeconfig={access}/controllers.conf",
            f"--root-ca-file={access}/ca.crt",
            f"--service-account-private-key-file={access}/accounts.key",
        ],
        "kube-scheduler": [
            *(programs.kube, "kube-scheduler", "--leader-elect=false"),
            f"--kubeconfig={access}/scheduler.conf",
        ],
        "kubelet": [
            *(programs.kube, "kubelet", f"--config={folder}/kubelet.yaml"),
            f"--kubeconfig={access}/kubelet.conf",
            f"--hostname-override={NODE}",
            f"--node-ip={NODE_ADDRESS}",
        ],
        "kube-proxy": [
            *(programs.kube, "kube-proxy", "--proxy-mode=nftables"),
            f"--kubeconfig={access}/proxy.conf",
            f"--hostname-override={NODE}",
        ],
    }


def _etcd(folder: Path) -> Command:
    return [
        *(f"--data-dir={folder}/etcd", "--unsafe-no-fsync"),
        *("--logger=zap", "--log-level=warn"),
        *(f"--listen-client-urls={ETCD}", f"--advertise-client-urls={ETCD}"),
        *(f"--listen-peer-urls={ETCD_PEER}", f"--initial-advertise-peer-urls={ETCD_PEER}"),
        f"--initial-cluster=default={ETCD_PEER}",
    ]


def _api_server(access: Path) -> Command:
    return [
        f"--etcd-servers={ETCD}",
        *(f"--bind-address={NODE_ADDRESS}", f"--advertise-address={NODE_ADDRESS}"),
        f"--secure-port={API_SERVER_PORT}",
        f"--service-cluster-ip-range={SERVICES}",
        *(f"--tls-cert-file={access}/apiserver.crt", f"--client-ca-file={access}/ca.crt"),
        f"--tls-private-key-file={access}/apiserver.key",
        f"--kubelet-client-certificate={access}/apiserver-client.crt",
        f"--kubelet-client-key={access}/apiserver-client.key",
        f"--kubelet-certificate-authority={access}/ca.crt",
        "--kubelet-preferred-address-types=InternalIP",
        f"--token-auth-file={access}/tokens.csv",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={access}/accounts.crt",
        f"--service-account-signing-key-file={access}/accounts.key",
    ]
