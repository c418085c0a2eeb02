"""What a real kubelet and containerd make of the output of containers, long or short-lived ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.kubernetes.cluster import Cluster
from tests.support.kubernetes.following import Following, Line, text
from tests.support.kubernetes.observing import Observer
from tests.support.kubernetes.pods import container, phase, pod, wait_for_end
from tests.support.processes import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

STREAMS = ("stdout", "stderr")
LONG, LONG_LINES = 40_000, 400
# The runtime cuts each into pieces of 16384, 16384 and what is left. Half a minute, so that files
# are rotated in the middle of lines, too.
LONG_LINE = f"""
rest=$(head -c {LONG - 10} /dev/zero | tr '\\0' z)
i=1000
while [ $i -lt {1000 + LONG_LINES} ]; do
    echo "out $i: $rest"
    echo "err $i: $rest" >&2
    i=$((i + 1))
    usleep 30000
done
"""


def test_long_lines_of_two_streams_are_whole_and_nothing_is_lost_at_a_rotation(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Also those that a rotation cuts: every line is one record, and each stream has its order."""
    with (
        cluster.namespace("pieces") as namespace,
        Following(tmp_path, cluster) as following,
        Observer(cluster, namespace, "long") as seen,
    ):
        cluster.apply(pod(namespace, "long", container("app", LONG_LINE)))
        while phase(cluster, namespace, "long") != "Succeeded":
            seen.look()
        books = following.come_to_rest(namespace)[namespace, "long", "app"]
        lines = following.lines(namespace, "long")
    for stream in STREAMS:
        stored = [text(line) for line in lines if line["stream"] == stream]
        written = [f"{stream[3:]} {1000 + i}: ".ljust(LONG, "z") for i in range(LONG_LINES)]
        assert [len(each) for each in stored] == [LONG] * LONG_LINES
        assert stored == written
    assert len(seen.rotated) >= 3
    assert (books["gap_bytes_total"], books["open_pieces"]) == (0, 0)
    assert books["joined_pieces_total"] >= 2 * len(lines)


def test_containers_that_live_for_a_moment(cluster: Cluster, tmp_path: Path) -> None:
    """Sixty of 50 ms each, in pods that are deleted as soon as they have ended."""
    with cluster.namespace("moment") as namespace, Following(tmp_path, cluster) as following:
        names = [f"short-{i}" for i in range(12)]
        for name in names:
            speaking = "echo $HOSTNAME in {0}; usleep 50000; echo $HOSTNAME out {0} >&2"
            containers = [container(f"c{i}", speaking.format(i)) for i in range(5)]
            cluster.apply(pod(namespace, name, *containers))
        for name in names:
            wait_for_end(cluster, namespace, name)
            cluster.kubectl("delete", "pod", name, "-n", namespace)
        wait_until(lambda: not cluster.logs_of(namespace), "their logs are deleted", 120)
        books = following.come_to_rest(namespace)
        stored = {name: following.lines(namespace, name) for name in names}
    assert sum(figures["gap_bytes_total"] for figures in books.values()) == 0
    for name, lines in stored.items():
        expected = [f"{name} {what} {i}" for i in range(5) for what in ("in", "out")]
        assert sorted(map(text, lines)) == sorted(expected)


def test_the_lives_of_a_container_that_crashes(cluster: Cluster, tmp_path: Path) -> None:
    """Every line of three lives is there once, under the number of its life."""
    script = """
    life=$(cat /state/life || echo 0)
    echo $((life + 1)) >/state/life
    i=0; while [ $i -lt 50 ]; do echo "life $life line $i"; i=$((i + 1)); done
    [ $life = 2 ] && sleep 1000
    exit 3
    """
    mount = [{"name": "state", "mountPath": "/state"}]
    volume = [{"name": "state", "emptyDir": {}}]
    crashing = container("app", script, volumeMounts=mount)
    with cluster.namespace("lives") as namespace, Following(tmp_path, cluster) as following:
        cluster.apply(pod(namespace, "crash", crashing, volumes=volume, restartPolicy="OnFailure"))

        def lines() -> list[Line]:
            return [
                line
                for line in following.lines(namespace, "crash")
                if text(line).startswith("life")
            ]

        wait_until(lambda: len(lines()) == 150, "three lives are stored", 120)
        following.come_to_rest(namespace)
        found = Counter((line["kubernetes.container.restart"], text(line)) for line in lines())
    assert found == Counter((n, f"life {n} line {i}") for n in range(3) for i in range(50))


def test_a_pod_that_is_deleted_while_it_writes(cluster: Cluster, tmp_path: Path) -> None:
    """All that the runtime wrote is stored, up to the last line, though the files are gone."""
    script = 'i=0; while :; do echo "still $i"; i=$((i + 1)); usleep 1000; done'
    with (
        cluster.namespace("deleted") as namespace,
        Following(tmp_path, cluster) as following,
        Observer(cluster, namespace, "writing") as seen,
    ):
        cluster.apply(pod(namespace, "writing", container("app", script)))
        wait_until(lambda: seen.look() and len(seen.written()) > 500, "it writes")
        cluster.kubectl("delete", "pod", "writing", "-n", namespace, "--force")
        wait_until(lambda: not seen.look(), "its logs are deleted", 120)
        books = following.come_to_rest(namespace)[namespace, "writing", "app"]
        stored = [text(line) for line in following.lines(namespace, "writing")]
        written = seen.written()
    assert stored == [f"still {i}" for i in range(len(written))]
    assert books["stored_bytes_total"] == sum(map(len, written))
    assert books["gap_bytes_total"] == 0
