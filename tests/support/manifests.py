"""The manifests of daemonset/, rendered by the real kubectl."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.components import require_program

DAEMONSET = Path(__file__).parents[2] / "daemonset"
BASE = DAEMONSET / "base"
EXAMPLE = DAEMONSET / "overlays" / "example"
PROCESSES = ("agent", "collector", "query")

Manifest = dict[str, Any]


@cache
def _rendered(folder: Path) -> str:
    beside = Path(sys.executable).with_name("kubectl")
    kubectl = require_program(
        "kubectl", str(beside), "kubectl", remedy="run `make setup` on Linux, or install it"
    )
    done = subprocess.run(
        [kubectl, "kustomize", folder], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def render(folder: Path) -> list[Manifest]:
    """Every object of a kustomization, as `kubectl apply -k` would send it."""
    return list(yaml.safe_load_all(_rendered(folder)))


def get(objects: list[Manifest], kind: str, name: str) -> Manifest:
    """The one object of this kind and name."""
    [found] = [o for o in objects if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    return found


def workload(objects: list[Manifest], process: str) -> Manifest:
    """The DaemonSet or Deployment that runs a process."""
    return get(objects, "DaemonSet" if process == "agent" else "Deployment", f"clew-{process}")


def pod_of(objects: list[Manifest], process: str) -> Manifest:
    """The spec of a process' pods."""
    spec: Manifest = workload(objects, process)["spec"]["template"]["spec"]
    return spec


def container_of(objects: list[Manifest], process: str) -> Manifest:
    [container] = pod_of(objects, process)["containers"]
    assert isinstance(container, dict)
    return container


def config_files(objects: list[Manifest]) -> Iterator[tuple[str, str]]:
    """Process and text of each configuration file."""
    for process in PROCESSES:
        [(name, text)] = get(objects, "ConfigMap", f"clew-{process}")["data"].items()
        assert name == f"{process}.yaml"
        yield process, text
