"""
Who may do what in a cluster: certificates, and one token with its kubeconfig for each part.

The kubelet has its own rights only (the Node authorizer), and everybody else those that RBAC gives.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import yaml

from tests.support.certificates import Authority
from tests.support.kubernetes.places import API_SERVER, FIRST_SERVICE, NODE, NODE_ADDRESS

_USERS = {
    "admin": ("admin", "system:masters"),
    "controllers": ("system:kube-controller-manager", "system:masters"),
    "scheduler": ("system:kube-scheduler", ""),
    "kubelet": (f"system:node:{NODE}", "system:nodes"),
    "proxy": ("system:kube-proxy", ""),
}
"""File -> user and group."""


def write_access(folder: Path) -> None:
    """Into `folder`: ca.crt, the others' .crt and .key, tokens.csv and a .conf for each user."""
    authority = Authority(folder)
    addresses = ["127.0.0.1", NODE_ADDRESS]
    names = [f"IP:{each}" for each in (*addresses, FIRST_SERVICE)]
    names += ["DNS:kubernetes.default.svc"]
    authority.issue("apiserver", "/CN=kube-apiserver", *names)
    authority.issue("node", f"/CN={NODE}", *(f"IP:{each}" for each in addresses))
    authority.issue("apiserver-client", "/O=system:masters/CN=kube-apiserver")
    authority.issue("accounts", "/CN=accounts")
    tokens = []
    for name, (user, group) in _USERS.items():
        token = secrets.token_hex(16)
        tokens.append(f'{token},{user},{user},"{group}"\n')
        _write_kubeconfig(folder / f"{name}.conf", token, authority.file)
    (folder / "tokens.csv").write_text("".join(tokens))


def _write_kubeconfig(file: Path, token: str, ca_file: Path) -> None:
    cluster = {"server": API_SERVER, "certificate-authority": str(ca_file)}
    text = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": cluster}],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "user"}}],
        "current-context": "tests",
    }
    file.write_text(yaml.safe_dump(text))
