"""
A container of a manifest without a container runtime: the same rights, mounts and files.

A mount namespace of its own with a root that is made of an installation and the libraries of this
machine, read-only; the volumes where the manifest mounts them; then the user, the groups and the
capabilities of its security context, and no way to gain others. Not as in a cluster: the network,
processes and their numbers are this machine's, seccomp and cgroups are left alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.manifests import Manifest
from tests.support.wheel import Installation

_OF_THE_MACHINE = ("/usr", "/bin", "/lib", "/lib64", "/dev", "/proc")

# $1: an empty folder that becomes the root; $2: how many mounts follow, three words each; then the
# command. The mounts go when the last process of their namespace does.
_ENTER = """
set -eu
root=$1 count=$2
shift 2
mount -t tmpfs -o mode=0755 none "$root"
while [ "$count" -gt 0 ]; do
    if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root${2%/*}"; : >"$root$2"; fi
    mount --bind "$1" "$root$2"
    [ "$3" = rw ] || mount -o remount,bind,ro "$root$2"
    shift 3
    count=$((count - 1))
done
mount -o remount,ro "$root"
exec chroot "$root" "$@"
"""


def require_containers() -> None:
    """Skip a test where this user can't have a mount namespace: nothing can be installed there."""
    tried = ("unshare", "--mount", "true")
    allowed = (
        sys.platform == "linux"
        and os.geteuid() == 0
        and all(shutil.which(program) for program in ("unshare", "setpriv"))
        and subprocess.run(tried, check=False, capture_output=True).returncode == 0
    )
    if not allowed:
        pytest.skip("only root can run something with fewer rights in a root of its own")


class Container:
    """`volumes`: name of a volume of the pod -> the folder that stands for it."""

    def __init__(
        self,
        pod: Manifest,
        installation: Installation,
        folder: Path,
        volumes: Mapping[str, Path],
        hosts: Mapping[str, str],
        environment: Mapping[str, str],
    ) -> None:
        folder.mkdir(parents=True)
        self._folder, self._installation, self._pod = folder, installation, pod
        [self._container] = pod["containers"]
        (folder / "hosts").write_text("".join(f"{ip} {name}\n" for name, ip in hosts.items()))
        (folder / "nsswitch").write_text("hosts: files\n")
        self._environment = environment
        self._mounts = [*self._image(), *self._volumes(volumes)]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def start(self) -> None:
        """Run what the manifest says."""
        with (self._folder / "log").open("ab") as log:
            command = self._command(str(self._installation.clew), *self._container["args"])
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={})

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(10) == 0, self.log

    def run(self, *command: str) -> int:
        """The exit code of another command in the same container."""
        done = subprocess.run(self._command(*command), env={}, check=False, capture_output=True)
        return done.returncode

    def _command(self, *command: str) -> list[str]:
        root = self._folder / "root"
        root.mkdir(exist_ok=True)
        words = [word for mount in self._mounts for word in mount]
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "enter"]
        variables = [f"{name}={value}" for name, value in self._environment.items()]
        rights = ["setpriv", *self._rights(), "env", "-i", *variables]
        return [*enter, str(root), str(len(self._mounts)), *words, *rights, *command]

    def _rights(self) -> list[str]:
        own: dict[str, Any] = self._pod["securityContext"] | self._container["securityContext"]
        assert own["readOnlyRootFilesystem"]
        added = own["capabilities"].get("add", [])
        bounds = ",".join(["-all", *(f"+{capability.lower()}" for capability in added)])
        groups = f"--groups={own['fsGroup']}" if "fsGroup" in own else "--clear-groups"
        rights = [f"--bounding-set={bounds}", "--inh-caps=-all", groups]
        rights += [f"--reuid={own['runAsUser']}", f"--regid={own['runAsGroup']}"]
        assert own["allowPrivilegeEscalation"] is False
        return [*rights, "--no-new-privs"]

    def _image(self) -> list[tuple[str, str, str]]:
        """What stands for the image: this Python, the wheel installed, the libraries it uses."""
        paths = [Path(path) for path in _OF_THE_MACHINE if Path(path).exists()]
        # The folder of the installation is its owner's alone, what is in it is not.
        paths += [path for path in self._installation.directory.iterdir() if not path.is_symlink()]
        paths += [Path(sys.base_prefix), Path(sysconfig.get_path("purelib"))]
        mounts = [(str(path), str(path), "ro") for path in paths]
        for name, path in (("hosts", "/etc/hosts"), ("nsswitch", "/etc/nsswitch.conf")):
            mounts.append((str(self._folder / name), path, "ro"))
        return mounts

    def _volumes(self, volumes: Mapping[str, Path]) -> list[tuple[str, str, str]]:
        assert volumes.keys() == {volume["name"] for volume in self._pod["volumes"]}
        return [
            (
                str(volumes[mount["name"]]),
                mount["mountPath"],
                "ro" if mount.get("readOnly") else "rw",
            )
            for mount in self._container["volumeMounts"]
        ]
