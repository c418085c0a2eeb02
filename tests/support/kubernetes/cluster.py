"""
A real Kubernetes of one node: etcd, API server, scheduler, kubelet, kube-proxy over containerd.

All of it runs in a room of its own and goes with it. The kubelet is reached from outside through a
port of loopback, and what it writes for containers is an ordinary folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import yaml

from tests.support.kubernetes.access import write_access
from tests.support.kubernetes.image import BUSYBOX, PAUSE, write_busybox
from tests.support.kubernetes.places import BRIDGE, KUBELET_PORT, NODE, NODE_ADDRESS, SERVICES
from tests.support.kubernetes.programs import Programs
from tests.support.kubernetes.relay import start_relay
from tests.support.kubernetes.room import Room
from tests.support.kubernetes.running import Running
from tests.support.kubernetes.settings import write_settings
from tests.support.processes import wait_until

_CGROUPS = Path("/sys/fs/cgroup")


class Cluster:
    """In a folder that is its own. `start` takes 5 s, and 10 on a busy machine."""

    node = NODE

    def __init__(self, folder: Path, programs: Programs) -> None:
        self._folder, self._programs = folder, programs
        self._room = Room(folder / "room")
        self._parts = Running(folder, programs, self._room)
        self._relay: subprocess.Popen[bytes] | None = None
        self.kubelet_url = ""
        self.node_log_root = folder / "room" / "log" / "pods"
        """What is /var/log/pods on the node."""
        self.ca_file = folder / "access" / "ca.crt"
        """Who has signed the kubelet's certificate."""
        self.static_pods = folder / "static-pods"
        """The folder of manifests that the kubelet runs by itself."""

    def start(self) -> Self:
        """Raises AssertionError with the end of each part's log where the node is not ready."""
        _remove_cgroups()  # of one that was killed
        (self._folder / "access").mkdir(parents=True)
        write_access(self._folder / "access")
        write_settings(self._folder, self._programs)
        try:
            self._room.start()
            self._connect()
            self._start_parts()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._parts.ends_of_logs()}") from error
        return self

    def stop(self) -> None:
        """Nothing of it is left: no process, mount, network or cgroup, and no file."""
        self._room.stop()
        self._parts.wait()
        if self._relay is not None:
            self._relay.wait()
        _remove_cgroups()
        shutil.rmtree(self._folder, ignore_errors=True)

    def kubectl(self, *arguments: str | Path, stdin: str | None = None) -> str:
        """What it prints. Fails where it does, with what it says."""
        done = self._kubectl(*arguments, stdin=stdin)
        assert done.returncode == 0, f"kubectl {arguments}: {done.stderr}{done.stdout}"
        return done.stdout

    def apply(self, *objects: dict[str, Any]) -> None:
        self.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(objects))

    def get(self, *arguments: str) -> Any:
        """Objects, as the API server has them."""
        return json.loads(self.kubectl("get", *arguments, "--output=json"))

    def token(self, account: str, namespace: str) -> str:
        """One of a service account, good for an hour."""
        return self.kubectl("create", "token", account, f"--namespace={namespace}").strip()

    def can_i(self, account: str, namespace: str, *asked: str) -> bool:
        """Whether a service account has a right: `kubectl auth can-i`."""
        who = f"--as=system:serviceaccount:{namespace}:{account}"
        done = self._kubectl("auth", "can-i", *asked, who)
        assert done.stdout.strip() in {"yes", "no"}, done.stderr
        return done.stdout.strip() == "yes"

    @contextmanager
    def namespace(self, name: str) -> Iterator[str]:
        """
        One whose name begins so; it is deleted with all that is in it.

        Nobody waits for that: the kubelet takes a minute to remove the logs of what had ended.
        """
        own = f"{name}-{secrets.token_hex(2)}"
        self.kubectl("create", "namespace", own)
        self._wait("pods can be made", "get", "serviceaccount", "default", "-n", own)
        try:
            yield own
        finally:
            self.kubectl("delete", "namespace", own, "--wait=false")

    def logs_of(self, namespace: str, pod: str = "*", container: str = "*") -> list[Path]:
        """The log files of containers at this moment, all that belong to a name."""
        return sorted(self.node_log_root.glob(f"{namespace}_{pod}_*/{container}/*"))

    def stop_kubelet(self) -> None:
        """kill -9; containers go on, and so does what the runtime writes of them."""
        self._parts.kill("kubelet")

    def start_kubelet(self) -> None:
        """It is back when this returns."""
        self._parts.start("kubelet")
        self._wait_for_kubelet()

    def _kubectl(
        self, *arguments: str | Path, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        config = f"--kubeconfig={self._folder}/access/admin.conf"
        environment = {"HOME": str(self._folder), "PATH": self._programs.path}
        command = (self._programs.kube, "kubectl", config, *arguments)
        return self._room.run(*command, stdin=stdin, environment=environment)

    def _connect(self) -> None:
        """The bridge that the node and its pods are on, and the way in for a test."""
        for command in (
            f"ip link add {BRIDGE} type bridge",
            f"ip addr add {NODE_ADDRESS}/24 dev {BRIDGE}",
            f"ip link set {BRIDGE} up",
            f"ip route add {SERVICES} dev {BRIDGE} src {NODE_ADDRESS}",
            "sysctl -qew net.ipv4.ip_forward=1",
            # What one pod answers another through a service passes the node, too. A machine without
            # this has no services between pods, and all the rest.
            "sysctl -qew net.bridge.bridge-nf-call-iptables=1",
        ):
            self._must(*command.split())
        port, self._relay = start_relay(self._room.command, NODE_ADDRESS, KUBELET_PORT)
        self.kubelet_url = f"https://127.0.0.1:{port}"

    def _start_parts(self) -> None:
        for part in ("containerd", "etcd", "kube-apiserver"):
            self._parts.start(part)
        self._load_images()
        self._wait("the API server is ready", "get", "--raw=/readyz")
        self._parts.start_others()
        self._wait_for_kubelet()

    def _load_images(self) -> None:
        ctr = (self._programs.containerd.with_name("ctr"), "--address=/run/containerd.sock")
        wait_until(lambda: self._room.run(*ctr, "version").returncode == 0, "containerd answers")
        for name, entrypoint in ((BUSYBOX, ()), (PAUSE, ("sleep", "1000d"))):
            archive = self._folder / "image.tar"
            write_busybox(self._programs.busybox, archive, name, *entrypoint)
            self._must(*ctr, "--namespace=k8s.io", "images", "import", archive)

    def _wait_for_kubelet(self) -> None:
        # A kubelet that was killed has left a node behind that is called ready all the same.
        self._wait("the kubelet answers", "get", "--raw", f"/api/v1/nodes/{NODE}/proxy/healthz")
        ready = ("wait", "--for=condition=Ready", f"node/{NODE}", "--timeout=1s")
        self._wait("the node is ready", *ready)

    def _wait(self, what: str, *arguments: str) -> None:
        """Until kubectl does it; fails at once where a part has ended by itself."""

        def done() -> bool:
            self._parts.check()
            return self._kubectl(*arguments).returncode == 0

        wait_until(done, what)

    def _must(self, *command: str | Path) -> None:
        done = self._room.run(*command)
        assert done.returncode == 0, f"{command}: {done.stderr}"


def _remove_cgroups() -> None:
    """Those of pods; one that still has a process in it, whose ever it is, stays."""
    for root in (*_CGROUPS.glob("kubepods"), *_CGROUPS.glob("*/kubepods")):
        for folder, _, _ in os.walk(root, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
