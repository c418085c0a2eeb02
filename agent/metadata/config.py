"""`agent.kubelet`: whether the kubelet is asked about pods, and how."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, field_validator

from clew.runtime.config import Section

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes puts the token of a pod's service account, and renews it."""


def kubelet_url() -> str:
    """Of the node $CLEW_NODE_IP, else of this machine: a pod has a network of its own."""
    host = os.environ.get("CLEW_NODE_IP") or "127.0.0.1"
    return f"https://[{host}]:10250" if ":" in host else f"https://{host}:10250"


class KubeletConfig(Section):
    """What the kubelet is asked about the pods of its node."""

    enabled: bool = Field(
        default=False,
        description="Whether lines get the labels, owner and QoS class of their pods, which the "
        "kubelet of the node is asked for.",
    )
    url: str = Field(
        default_factory=kubelet_url,
        description="Where the kubelet listens; without it https://$CLEW_NODE_IP:10250, or this "
        "machine's. The token goes to https only.",
    )
    token_file: Path = Field(
        default=_ACCOUNT / "token",
        description="The token shown to the kubelet, read anew for every question. It needs the "
        "right to get nodes/pods (nodes/proxy before Kubernetes 1.33).",
    )
    ca_file: Path | None = Field(
        default=_ACCOUNT / "ca.crt",
        description="Who signed the kubelet's certificate; `null`: somebody this system trusts.",
    )
    insecure: bool = Field(
        default=False,
        description="Take any certificate of the kubelet, where it has signed its own. Whoever "
        "can be in its place on the network gets the token.",
    )
    interval_seconds: float = Field(
        default=30.0,
        ge=2,
        le=3600,
        description="How often it is asked; a pod that is not known yet is asked for at once.",
    )
    timeout_seconds: float = Field(
        default=10.0, gt=0, le=60, description="How long its answer is waited for."
    )
    labels: list[str] = Field(
        default=["*"],
        description="Which labels of pods go into documents; `*` stands for anything.",
    )
    labels_except: list[str] = Field(
        default=[
            "pod-template-hash",
            "rollouts-pod-template-hash",
            "controller-revision-hash",
            "pod-template-generation",
            "controller-uid",
            "batch.kubernetes.io/controller-uid",
            "job-name",
            "batch.kubernetes.io/job-name",
            "statefulset.kubernetes.io/pod-name",
            "apps.kubernetes.io/pod-index",
        ],
        description="Which of these do not: by default those that name no more than one pod or "
        "one version of its controller.",
    )

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("https://HOST:PORT was expected")
        return url.rstrip("/")
