from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from agent.files import look_at
from agent.sources.log_file import LogFile
from clew.wire.batch import Container
from tests.support.docker_machine import DockerMachine
from tests.support.log_files import START, docker_line


@pytest.fixture
def machine(tmp_path: Path) -> DockerMachine:
    return DockerMachine(tmp_path)


def one(machine: DockerMachine) -> LogFile:
    (file,) = machine.source().files()
    return file


def test_a_container_has_the_name_that_people_gave_it(machine: DockerMachine):
    live = machine.begin("till", {"tier": "front"})
    assert one(machine).container == Container(
        namespace="docker",
        pod="till",
        uid=live.parent.name,
        name="till",
        restart=0,
        node="here",
        workload="",
        cluster="north",
        labels=(("tier", "front"),),
    )
    assert one(machine).container_key == f"docker/{live.parent.name}"


def test_a_task_of_a_swarm_belongs_to_its_service_and_stack(machine: DockerMachine):
    machine.begin(
        "shop_cart.2.x8k2",
        {
            "com.docker.swarm.service.name": "shop_cart",
            "com.docker.swarm.task.name": "shop_cart.2.x8k2",
            "com.docker.swarm.task.id": "x8k2",
            "com.docker.stack.namespace": "shop",
        },
    )
    container = one(machine).container
    assert (container.namespace, container.workload) == ("shop", "shop_cart")
    assert container.pod == "shop_cart.2.x8k2"
    assert dict(container.labels)["com.docker.swarm.task.id"] == "x8k2"


def test_a_service_of_compose_is_a_workload(machine: DockerMachine):
    machine.begin("shop-cart-1", {"com.docker.compose.service": "cart"})
    assert one(machine).container.workload == "cart"


@pytest.mark.parametrize(
    "broken", [None, b"", b'{"ID":"x","Name":"/ca', b"[]", b'{"Name":7}', b"\xff", b"[" * 5000]
)
def test_without_its_configuration_a_container_goes_by_its_id(
    machine: DockerMachine, broken: bytes | None
):
    """Nothing waits for it, and what names the container in document IDs does not change."""
    live = machine.begin("cart")
    config = live.with_name("config.v2.json")
    if broken is None:
        config.unlink()
    else:
        config.write_bytes(broken)
    source = machine.source()
    (before,) = source.files()
    assert before.container.name == live.parent.name[:12]
    machine.configure("cart", {"a": "b"})
    (after,) = source.files()
    assert after.container.name == "cart"
    assert after.container_key == before.container_key


def test_a_configuration_that_breaks_leaves_what_was_known(machine: DockerMachine):
    """Written by hand, or the disk is full; the next good one counts."""
    live, source = machine.begin("cart"), machine.source()
    (before,) = source.files()
    live.with_name("config.v2.json").write_bytes(b'{"Na')
    (meanwhile,) = source.files()
    assert meanwhile is before
    machine.configure("cart", Name="/till")
    assert [file.container.name for file in source.files()] == ["till"]


def test_a_configuration_that_changes_in_nothing_we_read_gives_the_same_objects(
    machine: DockerMachine,
):
    """dockerd replaces it whenever a container starts or stops."""
    machine.begin("cart")
    source = machine.source()
    (before,) = source.files()
    machine.configure("cart", State={"Running": False})
    (after,) = source.files()
    assert after is before


def test_labels_that_are_none_are_no_labels(machine: DockerMachine):
    machine.begin("cart")
    machine.configure("cart", Config=None)
    assert one(machine).container.labels == ()


def test_rotated_files_are_plain_or_compressed_and_the_oldest_comes_first(machine: DockerMachine):
    live = machine.begin("cart")
    machine.compress(machine.rotate(live))
    machine.rotate(live)
    machine.rotate(live)
    files = list(machine.source().files())
    found = [(Path(file.path).name.partition("log")[2], file.compressed) for file in files]
    assert found == [(".3.gz", True), (".2", False), (".1", False), ("", False)]


def test_while_a_file_is_compressed_its_plain_form_counts(machine: DockerMachine):
    """dockerd writes the .gz under its name: half of it is no log."""
    live = machine.begin("cart")
    rotated = machine.rotate(live)
    rotated.write_bytes(docker_line(START, "stdout", "one\n"))
    (half := rotated.with_name(f"{rotated.name}.gz")).write_bytes(
        gzip.compress(rotated.read_bytes())[:10]
    )
    source = machine.source()
    assert [Path(file.path) for file in source.files()] == [rotated, live]
    plain = look_at(next(source.files()))
    half.unlink()
    machine.compress(rotated)
    compressed = next(source.files())
    assert compressed.compressed
    assert look_at(compressed) == plain


@pytest.mark.parametrize(
    "name",
    ["{id}-json.log.tmp", "{id}-json.log.1.gz.tmp", "{id}-json.log.", "x-json.log", "local-logs"],
)
def test_what_is_no_log(machine: DockerMachine, name: str):
    live = machine.begin("cart")
    live.with_name(name.format(id=live.parent.name)).touch()
    (machine.root / "notes").mkdir()
    assert Path(one(machine).path) == live
