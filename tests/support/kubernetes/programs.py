"""
What a cluster consists of, and where it lies.

    .cache/kubernetes/kube-<digest of its sources>     etcd, API server, kubelet and the rest
    .cache/debian/<package>/                           containerd, runc, CNI plugins, busybox

`make kubernetes` puts both there: ten minutes and 5 GB of Go's caches the first time, nothing as
long as the sources are unchanged. A binary is complete or not there at all: it is built beside its
place and renamed.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.components import ROOT, missing, require_program, require_unpacked
from tests.support.container import require_containers

_SOURCES = Path(__file__).parent / "kube"
_CACHE = ROOT / ".cache" / "kubernetes"
_REMEDY = "run `make kubernetes`, which takes ten minutes the first time"
_VERSION = "k8s.io/component-base/version"


@dataclass(frozen=True, slots=True)
class Programs:
    """`path` is the PATH of those that start others."""

    kube: Path
    containerd: Path
    plugins: Path
    busybox: Path
    path: str


def require_programs() -> Programs:
    """All that a cluster needs, or the end of the test that needs one."""
    require_containers()
    for program in ("ip", "nft", "nsenter", "mount", "sysctl"):
        require_program(program, program, remedy=_REMEDY)
    if not binary().exists():
        missing("Kubernetes", _REMEDY)
    containerd = require_unpacked("containerd", "usr/bin/containerd")
    runc = require_unpacked("runc", "usr/sbin/runc")
    bridge = require_unpacked("containernetworking-plugins", "usr/lib/cni/bridge")
    folders = [containerd.parent, runc.parent, *os.environ["PATH"].split(os.pathsep)]
    return Programs(
        kube=binary(),
        containerd=containerd,
        plugins=bridge.parent,
        busybox=require_unpacked("busybox-static", "bin/busybox"),
        path=os.pathsep.join(map(str, folders)),
    )


def binary() -> Path:
    """Where the one binary is, or would be."""
    digest = hashlib.sha256()
    for source in sorted(_SOURCES.iterdir()):
        digest.update(source.read_bytes())
    return _CACHE / f"kube-{digest.hexdigest()[:8]}"


def build() -> Path:
    """Build the binary, unless it is there. Raises CalledProcessError, Go having said why."""
    place = binary()
    if not place.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as beside:
            _go("build", "-trimpath", "-ldflags", _linked_in(), "-o", f"{beside}/kube", ".")
            Path(beside, "kube").rename(place)
    return place


def _linked_in() -> str:
    """Without a version the API server would call itself 0.0, and refuse some of its clients."""
    version = _go("list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes").strip()
    major, minor = re.findall(r"\d+", version)[:2]
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return " ".join(["-s -w", *(f"-X {_VERSION}.{name}={each}" for name, each in values.items())])


def _go(*arguments: str) -> str:
    done = subprocess.run(
        ["go", *arguments],
        cwd=_SOURCES,
        env=os.environ | {"CGO_ENABLED": "0"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
