"""
What of a kubelet's /pods is kept: a few hundred bytes of a pod's ten thousand.

Pure: bytes -> PodMetadata. A static pod's log folder is named by the hash of its manifest, which
is its UID in this list and not in the API; both names lead to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from fnmatch import translate

import msgspec

from clew.schema.labels import Labels, bounded_labels

MOST_ANNOTATIONS = 64
ANNOTATION_BYTES = 4096
"""Kubernetes allows 256 KiB of annotations a pod, and what clew is told is a word or two."""

_HASHES = ("kubernetes.io/config.hash", "kubernetes.io/config.mirror")
_SERVICES = ("app.kubernetes.io/name", "app", "k8s-app")
_ABOVE = {
    "ReplicaSet": ("pod-template-hash", "Deployment"),
    # Argo's Deployment, with a label of its own for the same purpose.
    "Rollout": ("rollouts-pod-template-hash", "Rollout"),
}
_SCHEDULED = re.compile(r"(.+)-(\d{8})", re.ASCII)
_LATEST_START_MINUTES = 7 * 24 * 60

Choice = Callable[[str], bool]
"""Whether a label of this name goes into documents."""


class PodMetadata(msgspec.Struct, frozen=True):
    """
    What is known of a pod beyond its name. `hash` is a static pod's, or empty.

    The owner is who people know: a Deployment, not its ReplicaSet; a bare pod is its own. `service`
    is the name that its labels give it, or empty. Annotations are those about clew, unread.
    """

    uid: str
    hash: str
    labels: Labels
    annotations: dict[str, str]
    owner_kind: str
    owner_name: str
    qos: str
    service: str


class PodsError(Exception):
    """An answer that is no list of pods."""


class _Owner(msgspec.Struct):
    kind: str = ""
    name: str = ""
    controller: bool = False


class _Meta(msgspec.Struct):
    name: str = ""
    uid: str = ""
    creation: str = msgspec.field(name="creationTimestamp", default="")
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owners: list[_Owner] | None = msgspec.field(name="ownerReferences", default=None)


class _Spec(msgspec.Struct):
    node: str = msgspec.field(name="nodeName", default="")


class _Status(msgspec.Struct):
    qos: str = msgspec.field(name="qosClass", default="")


class _Pod(msgspec.Struct):
    metadata: _Meta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _Pods(msgspec.Struct):
    kind: str
    items: list[_Pod] | None = None


_decode = msgspec.json.Decoder(_Pods).decode


def decode_pods(body: bytes | bytearray, chosen: Choice) -> list[PodMetadata]:
    """Every pod in a kubelet's answer. Raises PodsError."""
    try:
        answer = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PodsError(f"not a list of pods: {error}") from error
    if answer.kind != "PodList":
        raise PodsError(f"not a list of pods but a {answer.kind[:40]!r}")
    return [_metadata(pod, chosen) for pod in answer.items or () if pod.metadata.uid]


def choose(wanted: Iterable[str], unwanted: Iterable[str]) -> Choice:
    """By patterns, in which `*` stands for anything."""
    yes, no = (
        re.compile("|".join(map(translate, patterns)) or r"(?!)") for patterns in (wanted, unwanted)
    )
    return lambda name: yes.match(name) is not None and no.match(name) is None


def _metadata(pod: _Pod, chosen: Choice) -> PodMetadata:
    meta = pod.metadata
    labels, annotations = meta.labels or {}, meta.annotations or {}
    config_hash = next((annotations[name] for name in _HASHES if name in annotations), "")
    kind, name = _owner(pod, labels, static=bool(config_hash))
    return PodMetadata(
        uid=meta.uid,
        hash=config_hash,
        labels=bounded_labels(pair for pair in labels.items() if chosen(pair[0])),
        annotations=_about_clew(annotations),
        owner_kind=kind,
        owner_name=name,
        qos=pod.status.qos,
        service=next((labels[label] for label in _SERVICES if labels.get(label)), ""),
    )


def _about_clew(annotations: dict[str, str]) -> dict[str, str]:
    about = [(n, v) for n, v in annotations.items() if "clew" in n and len(v) <= ANNOTATION_BYTES]
    return dict(sorted(about)[:MOST_ANNOTATIONS])


def _owner(pod: _Pod, labels: dict[str, str], *, static: bool) -> tuple[str, str]:
    """Kind and name of the workload that a pod belongs to."""
    meta = pod.metadata
    if static:  # the kubelet has put the node's name behind that in the manifest
        return "Pod", meta.name.removesuffix(f"-{pod.spec.node}") or meta.name
    owner = next((each for each in meta.owners or () if each.controller), None)
    if owner is None:
        return "Pod", meta.name
    if owner.kind in _ABOVE:
        label, kind = _ABOVE[owner.kind]
        suffix = f"-{labels.get(label, '')}"
        # A ReplicaSet that nobody owns has pods without the label, and a name of its own.
        if len(suffix) > 1 and owner.name.endswith(suffix) and owner.name != suffix:
            return kind, owner.name.removesuffix(suffix)
    if owner.kind == "Job" and (schedule := _schedule(owner.name, meta.creation)):
        return "CronJob", schedule
    return owner.kind, owner.name


def _schedule(job: str, created: str) -> str:
    """
    The CronJob that made a Job, or nothing.

    It names its Jobs by the minute they were due, in minutes since 1970. Pods do not tell more of
    it, so we believe it where that minute is not long before the pod was made.
    """
    match = _SCHEDULED.fullmatch(job)
    if match is None:
        return ""
    try:
        made = int(datetime.fromisoformat(created).timestamp()) // 60
    except ValueError:
        return ""
    return match[1] if -1 <= made - int(match[2]) <= _LATEST_START_MINUTES else ""
