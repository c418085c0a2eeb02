"""
The pods of the shop: names like a real cluster's, kept from run to run.

A second run goes on with the same pods, and with the next restart number of each container. The
number is on disk before the log file is created, so no two lives of a container share a file.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import msgspec

from clew.demo.files import replace_file
from clew.runtime.errors import CorruptionError

NAMESPACE = "shop"

# Kubernetes makes names from these alone: without vowels no name is a word.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


class Pod(msgspec.Struct):
    name: str
    uid: str
    restarts: int = 0  # the number of its container's next life


class Pods:
    """The pod of each service. Raises CorruptionError where the file is not what was written."""

    def __init__(self, path: Path, logs: Path, services: tuple[str, ...]) -> None:
        self._path, self._logs = path, logs
        self._pods = _load(path)
        for service in services:
            self._pods.setdefault(service, _new_pod(service))

    def directory(self, service: str) -> Path:
        """Where the logs of a service's container are."""
        pod = self._pods[service]
        return self._logs / f"{NAMESPACE}_{pod.name}_{pod.uid}" / service

    def next_restart(self, service: str) -> int:
        """The number of the life that begins now; never given twice."""
        pod = self._pods[service]
        number, pod.restarts = pod.restarts, pod.restarts + 1
        replace_file(self._path, msgspec.json.encode(self._pods))
        return number


def _load(path: Path) -> dict[str, Pod]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Pod])
    except FileNotFoundError:
        return {}
    except msgspec.MsgspecError as error:
        raise CorruptionError(str(path), 0, str(error)) from error


def _new_pod(service: str) -> Pod:
    return Pod(f"{service}-{_letters(9)}-{_letters(5)}", str(uuid.uuid4()))


def _letters(count: int) -> str:
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in uuid.uuid4().bytes[-count:])
