"""What is kept of a kubelet's list of pods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.metadata.config import KubeletConfig
from agent.metadata.enriching import enrich
from agent.metadata.pods import (
    ANNOTATION_BYTES,
    MOST_ANNOTATIONS,
    PodMetadata,
    PodsError,
    choose,
    decode_pods,
)
from clew.schema.labels import LABELS
from clew.wire.batch import Container
from tests.support.kubelet import pod, pod_list

GOLDEN = Path(__file__).parents[3] / "golden" / "kubelet"
ALL = choose(["*"], [])
HASH = "6a1bcdd8f3a9bb0fd10f0c9d0a6ff9d0"


def read(**metadata: Any) -> PodMetadata:
    name = metadata.pop("name", "cart-0")
    [found] = decode_pods(pod_list(pod(name, "uid-1", **metadata)), ALL)
    return found


def owner(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "controller": True, **more}


@pytest.mark.parametrize("case", [folder.name for folder in GOLDEN.iterdir() if folder.is_dir()])
def test_the_answer_of_a_real_kubelet_is_understood(case: str):
    """With the labels that go into documents by default."""
    settings = KubeletConfig()
    body = (GOLDEN / case / "input.json").read_bytes()
    found = decode_pods(body, choose(settings.labels, settings.labels_except))
    expected = json.loads((GOLDEN / case / "expected.json").read_text())
    assert json.loads(msgspec.json.encode(found)) == expected


def test_a_bare_pod_is_its_own_workload():
    found = read(name="debug")
    assert (found.owner_kind, found.owner_name) == ("Pod", "debug")
    assert (found.labels, found.annotations, found.hash, found.qos) == ((), {}, "", "")


@pytest.mark.parametrize(
    ("controller", "labels", "expected"),
    [
        (("ReplicaSet", "cart-59cb"), {"pod-template-hash": "59cb"}, ("Deployment", "cart")),
        (("ReplicaSet", "cart-59cb"), {}, ("ReplicaSet", "cart-59cb")),
        (("ReplicaSet", "cart-7"), {"pod-template-hash": "59cb"}, ("ReplicaSet", "cart-7")),
        (("Rollout", "cart"), {}, ("Rollout", "cart")),
        (("StatefulSet", "cart"), {}, ("StatefulSet", "cart")),
        (("DaemonSet", "proxy"), {}, ("DaemonSet", "proxy")),
        (("CloneSet", "cart"), {"pod-template-hash": "59cb"}, ("CloneSet", "cart")),
    ],
)
def test_the_owner_is_who_people_know(
    controller: tuple[str, str], labels: dict[str, str], expected: tuple[str, str]
):
    """A ReplicaSet's Deployment, told by the hash that its pods carry; any other as it is."""
    found = read(ownerReferences=[owner(*controller)], labels=labels)
    assert (found.owner_kind, found.owner_name) == expected


def test_who_owns_a_pod_and_does_not_control_it_is_no_workload():
    found = read(ownerReferences=[owner("Backup", "nightly", controller=False)])
    assert (found.owner_kind, found.owner_name) == ("Pod", "cart-0")


@pytest.mark.parametrize(
    ("job", "created", "expected"),
    [
        ("nightly-27915010", "2023-01-29T06:10:03Z", ("CronJob", "nightly")),
        ("nightly-27915010", "2023-01-30T06:10:03Z", ("CronJob", "nightly")),  # begun late
        ("nightly-27915010", "2024-01-29T06:10:03Z", ("Job", "nightly-27915010")),
        ("nightly-27915010", "2022-01-29T06:10:03Z", ("Job", "nightly-27915010")),
        ("nightly-27915010", "", ("Job", "nightly-27915010")),
        ("order-12345678", "2023-01-29T06:10:03Z", ("Job", "order-12345678")),
        ("migrate", "2023-01-29T06:10:03Z", ("Job", "migrate")),
    ],
)
def test_a_job_is_of_a_cron_job_where_its_name_is_the_minute_it_was_due(
    job: str, created: str, expected: tuple[str, str]
):
    """And a number that somebody else put there is no minute before the pod was made."""
    found = read(ownerReferences=[owner("Job", job)], creationTimestamp=created)
    assert (found.owner_kind, found.owner_name) == expected


def test_a_static_pod_is_known_by_its_hash_and_named_as_in_its_manifest():
    static = pod("etcd-node-7", HASH, annotations={"kubernetes.io/config.hash": HASH})
    mirror = pod(
        "etcd-node-7",
        "uid-of-the-api",
        annotations={"kubernetes.io/config.mirror": HASH},
        ownerReferences=[owner("Node", "node-7")],
    )
    for each in (static, mirror):
        [found] = decode_pods(pod_list(each | {"spec": {"nodeName": "node-7"}}), ALL)
        assert (found.uid, found.hash) == (each["metadata"]["uid"], HASH)
        assert (found.owner_kind, found.owner_name) == ("Pod", "etcd")


def test_the_service_is_named_by_the_label_that_says_most():
    labels = {"k8s-app": "c", "app": "b", "app.kubernetes.io/name": "a"}
    for name, value in reversed(labels.items()):
        assert read(labels=labels).service == value
        labels = {n: v for n, v in labels.items() if n != name}
    assert read(labels={"tier": "front"}).service == ""
    assert read(labels={"app.kubernetes.io/name": "", "app": "b"}).service == "b"


def test_labels_that_are_not_wanted_are_left_out_and_still_tell_owner_and_service():
    labels = {"app": "cart", "pod-template-hash": "59cb", "team.example/name": "red", "tier": "1"}
    body = pod_list(
        pod("p", "u", labels=labels, ownerReferences=[owner("ReplicaSet", "cart-59cb")])
    )
    [found] = decode_pods(body, choose(["t*", "pod-*"], ["pod-template-hash"]))
    assert found.labels == (("team.example/name", "red"), ("tier", "1"))
    assert (found.owner_name, found.service) == ("cart", "cart")
    [found] = decode_pods(body, choose([], []))
    assert found.labels == ()


def test_annotations_about_clew_are_kept_as_they_are_and_no_others():
    annotations = {
        "clew/exclude": "true",
        "clew/dialect.cart": "json",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "clew/schema": "x" * (ANNOTATION_BYTES + 1),
    }
    found = read(annotations=annotations)
    assert found.annotations == {"clew/exclude": "true", "clew/dialect.cart": "json"}


def test_what_is_kept_of_a_pod_has_an_end():
    many = {f"clew/{n:05}": "x" for n in range(10_000)}
    found = read(labels=many, annotations=many)
    assert len(found.labels) == LABELS
    assert len(found.annotations) == MOST_ANNOTATIONS


def test_a_node_without_pods_has_none():
    assert decode_pods(pod_list(), ALL) == []
    assert decode_pods(b'{"kind":"PodList","items":null}', ALL) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"kind":"Status","message":"no"}',
        b'{"kind":"PodList","items":[{"metadata":{"labels":[]}}]}',
        b'{"kind":"PodList","items":[{"metadata":{"uid":"\xff"}}]}',
        b'{"kind":"PodList","more":' + b"[" * 100_000,
    ],
)
def test_what_is_no_list_of_pods_is_refused_as_a_whole(body: bytes):
    with pytest.raises(PodsError, match="not a list of pods"):
        decode_pods(body, ALL)


def test_a_container_gets_what_its_pod_says():
    container = Container("shop", "cart-59cb-x", "uid-1", "cart", 0, "node-7", "cart-59cb")
    found = PodMetadata("uid-1", "", (("app", "c"),), {}, "Deployment", "cart", "Burstable", "c")
    enriched = enrich(container, found)
    assert (enriched.workload_kind, enriched.workload) == ("Deployment", "cart")
    assert (enriched.labels, enriched.qos) == ((("app", "c"),), "Burstable")
    assert enriched.service == "c"
    assert (enriched.namespace, enriched.pod, enriched.name) == ("shop", "cart-59cb-x", "cart")
