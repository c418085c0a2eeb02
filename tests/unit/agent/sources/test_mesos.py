from __future__ import annotations

from pathlib import Path

import pytest

from agent.sources.log_file import Layout
from agent.sources.mesos import Mesos, application_of
from clew.wire.batch import Container

UUID = "3f0b8b9e-9e4d-11ed-a8fc-0242ac120002"


def make(root: Path, *names: str, executor: str = f"shop_cart.{UUID}") -> Path:
    run = root / f"slaves/a-S1/frameworks/f-0000/executors/{executor}/runs/7c1"
    run.mkdir(parents=True)
    for name in names:
        (run / name).touch()
    return run


def test_a_path_says_whose_a_file_is(tmp_path: Path):
    run = make(tmp_path, "stdout")
    (file,) = Mesos([tmp_path], "here", "north").files()
    assert file.container == Container(
        namespace="mesos",
        pod=f"shop_cart.{UUID}",
        uid="7c1",
        name="shop_cart",
        restart=0,
        node="here",
        workload="shop_cart",
        cluster="north",
        labels=(
            ("mesos.agent", "a-S1"),
            ("mesos.executor", f"shop_cart.{UUID}"),
            ("mesos.framework", "f-0000"),
        ),
    )
    assert file.path == str(run / "stdout")
    assert file.container_key == f"mesos/a-S1/f-0000/shop_cart.{UUID}/7c1/stdout"
    assert file.layout is Layout.PLAIN


def test_both_outputs_are_of_one_container_and_told_apart_by_their_names(tmp_path: Path):
    make(tmp_path, "stderr", "stderr.1", "stdout")
    files = list(Mesos([tmp_path], "here").files())
    assert [(Path(file.path).name, file.output, file.rotated) for file in files] == [
        ("stderr.1", 1, True),
        ("stderr", 1, False),
        ("stdout", 0, False),
    ]
    assert len({file.container for file in files}) == 1
    assert len({file.container_key for file in files}) == 2


def test_what_else_is_in_a_sandbox_is_no_log(tmp_path: Path):
    make(tmp_path, "stdout.logrotate.conf", "stdout.logrotate.state", "cart.jar", "stdout.1.bz2")
    assert list(Mesos([tmp_path], "here").files()) == []


def test_the_link_to_the_latest_run_is_not_followed(tmp_path: Path):
    run = make(tmp_path, "stdout")
    (run.parent / "latest").symlink_to(run)
    assert len(list(Mesos([tmp_path], "here").files())) == 1


@pytest.mark.parametrize(
    ("executor", "application"),
    [
        (f"shop_cart.{UUID}", "shop_cart"),
        (f"shop_cart.instance-{UUID}._app.1", "shop_cart"),
        (f"shop_cart.v1.{UUID}", "shop_cart.v1"),
        ("driver-20230129", "driver-20230129"),
        ("0", "0"),
    ],
)
def test_marathon_makes_an_executors_id_of_the_applications(executor: str, application: str):
    assert application_of(executor) == application
