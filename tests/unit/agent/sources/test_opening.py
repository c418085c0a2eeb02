from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.sources import opening
from agent.sources.opening import OutsideError, open_beneath
from tests.support.components import missing


@pytest.fixture(params=["openat2", "step by step"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the two ways: old kernels have no openat2."""
    if request.param == "step by step":
        monkeypatch.setattr(opening, "_open", opening._open_step_by_step)
    elif opening._open is not opening._open_with_openat2:
        missing("openat2", "run the tests on Linux 5.6 or newer")


@pytest.fixture
def pods(tmp_path: Path) -> Path:
    folder = tmp_path / "pods"
    (folder / "shop_cart-0_0c1/cart").mkdir(parents=True)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/token").write_text("the agent's own token")
    return folder


def content(root: Path, path: Path, *link_roots: Path) -> str:
    opened = open_beneath(str(root), str(path), [str(each) for each in link_roots])
    with os.fdopen(opened) as file:
        return file.read()


def log_of(pods: Path) -> Path:
    return pods / "shop_cart-0_0c1/cart/0.log"


@pytest.fixture(autouse=True)
def no_descriptor_is_left_open() -> Iterator[None]:
    before = len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_beneath_the_root_is_opened(pods: Path):
    log_of(pods).write_text("the line\n")
    assert content(pods, log_of(pods)) == "the line\n"


def test_a_root_may_be_a_link(pods: Path, tmp_path: Path):
    """It is configured by who may configure anything."""
    log_of(pods).write_text("the line\n")
    link = tmp_path / "link"
    link.symlink_to(pods)
    assert content(link, link / "shop_cart-0_0c1/cart/0.log") == "the line\n"


@pytest.mark.parametrize(
    "target",
    [
        "{tmp}/secrets/token",
        "../../../secrets/token",
        "../../../../../../../../../../../../../etc/passwd",
        "/etc/passwd",
        "/proc/self/environ",
        "/proc/self/fd/0",
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd",
    ],
)
def test_a_link_out_of_the_root_is_not_followed(pods: Path, tmp_path: Path, target: str):
    log_of(pods).symlink_to(target.format(tmp=tmp_path))
    with pytest.raises(OSError, match=r"where no logs may be|regular file|Permission|No such"):
        content(pods, log_of(pods))


@pytest.mark.parametrize("at", ["shop_cart-1_0c2", "shop_cart-1_0c2/cart"])
def test_a_folder_that_is_a_link_out_of_the_root_is_not_followed(
    pods: Path, tmp_path: Path, at: str
):
    folder = pods / at
    folder.parent.mkdir(exist_ok=True)
    (tmp_path / "secrets/cart").mkdir()
    (tmp_path / "secrets/0.log").write_text("secret")
    (tmp_path / "secrets/cart/0.log").write_text("secret")
    folder.symlink_to(tmp_path / "secrets")
    with pytest.raises(OutsideError, match=r"secrets/.*, where no logs may be"):
        content(pods, pods / "shop_cart-1_0c2/cart/0.log")


def test_a_chain_of_links_is_judged_by_its_end(pods: Path, tmp_path: Path):
    """Links from link to link, within the root and out of it."""
    inside, out = pods / "inside", pods / "out"
    log_of(pods).symlink_to(inside)
    inside.symlink_to(out)
    out.symlink_to(tmp_path / "secrets/token")
    with pytest.raises(OutsideError):
        content(pods, log_of(pods))
    out.unlink()
    out.write_text("a line\n")
    assert content(pods, log_of(pods)) == "a line\n"


def test_links_in_a_circle_are_an_error(pods: Path):
    log_of(pods).symlink_to(log_of(pods))
    with pytest.raises(OSError, match="Too many levels"):
        content(pods, log_of(pods))


def test_a_link_to_a_log_of_docker_needs_dockers_folder_to_be_allowed(pods: Path, tmp_path: Path):
    docker = tmp_path / "docker/containers"
    (docker / "4f1").mkdir(parents=True)
    (docker / "4f1/4f1-json.log").write_text("{}\n")
    log_of(pods).symlink_to(docker / "4f1/4f1-json.log")
    with pytest.raises(OutsideError, match=re.escape("4f1-json.log', where no logs may be")):
        content(pods, log_of(pods))
    assert content(pods, log_of(pods), tmp_path / "none", docker) == "{}\n"


def test_a_folder_beside_the_root_with_a_longer_name_is_outside(pods: Path, tmp_path: Path):
    beside = tmp_path / "pods-of-others"
    beside.mkdir()
    (beside / "0.log").write_text("x")
    log_of(pods).symlink_to(beside / "0.log")
    with pytest.raises(OutsideError):
        content(pods, log_of(pods))
    with pytest.raises(OutsideError, match="not beneath"):
        content(pods, beside / "0.log")


@pytest.mark.parametrize("path", ["../secrets/token", "shop_cart-0_0c1/../../secrets/token"])
def test_dots_in_a_path_lead_nowhere(pods: Path, path: str):
    with pytest.raises(OutsideError, match="where no logs may be"):
        open_beneath(str(pods), f"{pods}/{path}")


def test_a_pipe_is_refused_at_once(pods: Path):
    """Opened as a file is, it would wait for somebody to write to it."""
    os.mkfifo(log_of(pods))
    with pytest.raises(OSError, match="not a regular file"):
        content(pods, log_of(pods))


def test_a_folder_is_refused(pods: Path):
    log_of(pods).mkdir()
    with pytest.raises(OSError, match="not a regular file"):
        content(pods, log_of(pods))


def test_a_device_is_refused(pods: Path):
    log_of(pods).symlink_to("/dev/zero")
    with pytest.raises(OSError, match="not a regular file"):
        content(pods, log_of(pods), Path("/dev"))


def test_what_is_gone_is_not_found(pods: Path):
    with pytest.raises(FileNotFoundError):
        content(pods, log_of(pods))
    log_of(pods).symlink_to("nowhere")
    with pytest.raises(FileNotFoundError):
        content(pods, log_of(pods))


def test_a_file_that_is_swapped_for_a_link_after_it_was_listed_is_not_followed(
    pods: Path, tmp_path: Path
):
    """So with each folder on its way."""
    log_of(pods).write_text("a line\n")
    assert content(pods, log_of(pods)) == "a line\n"
    log_of(pods).unlink()
    log_of(pods).symlink_to(tmp_path / "secrets/token")
    with pytest.raises(OutsideError):
        content(pods, log_of(pods))
    (tmp_path / "secrets/0.log").write_text("secret")
    folder = log_of(pods).parent
    log_of(pods).unlink()
    folder.rmdir()
    folder.symlink_to(tmp_path / "secrets")
    with pytest.raises(OutsideError):
        content(pods, log_of(pods))


def test_a_link_that_is_swapped_while_it_is_judged_is_not_followed(
    pods: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What was a file when its path was resolved is opened without following a link there."""
    (pods / "real.log").write_text("a line\n")
    log_of(pods).symlink_to(pods / "real.log")
    resolve = os.path.realpath

    def resolve_then_swap(path: str, **how: Any) -> str:
        found = resolve(path, **how)
        if path == str(log_of(pods)):
            (pods / "real.log").unlink()
            (pods / "real.log").symlink_to(tmp_path / "secrets/token")
        return found

    monkeypatch.setattr(os.path, "realpath", resolve_then_swap)
    with pytest.raises(OSError, match="symbolic links"):
        content(pods, log_of(pods))
