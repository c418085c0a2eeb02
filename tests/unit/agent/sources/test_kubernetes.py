from __future__ import annotations

from pathlib import Path

import pytest

from agent.sources.kubernetes import Kubernetes, workload
from agent.sources.log_file import LogFile
from clew.wire.batch import Container


def make(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def listed(tree: Kubernetes, root: Path) -> list[str]:
    return [str(Path(file.path).relative_to(root)) for file in tree.files()]


def whose(root: Path, path: str, node: str = "here") -> Container:
    """The container of the one file in a tree."""
    make(root, path)
    (file,) = Kubernetes([root], node).files()
    return file.container


def test_a_path_says_whose_a_file_is(tmp_path: Path):
    make(tmp_path, "shop_cart-5d4f8b6c9-x2xzv_0c1-a/cart/3.log")
    tree = Kubernetes([tmp_path], "here", cluster="north")
    container = Container(
        namespace="shop",
        pod="cart-5d4f8b6c9-x2xzv",
        uid="0c1-a",
        name="cart",
        restart=3,
        node="here",
        workload="cart",
        cluster="north",
    )
    path = str(tmp_path / "shop_cart-5d4f8b6c9-x2xzv_0c1-a/cart/3.log")
    (file,) = tree.files()
    assert file == LogFile(path, container, compressed=False, root=str(tmp_path))
    assert file.container_key == "shop_cart-5d4f8b6c9-x2xzv_0c1-a/cart/3"


def test_names_with_dots_and_dashes(tmp_path: Path):
    """A pod's name is a DNS name with dots in it, and a container's may have what it likes."""
    container = whose(tmp_path, "my-ns_web.v1-0.a_0c1/side.car_1/0.log")
    assert (container.namespace, container.pod, container.name) == (
        "my-ns",
        "web.v1-0.a",
        "side.car_1",
    )


def test_a_static_pod(tmp_path: Path):
    """Its folder has the hash of its configuration for a UID."""
    container = whose(tmp_path, "kube-system_etcd-node-1_5f3a9c/etcd/0.log")
    assert (container.pod, container.uid) == ("etcd-node-1", "5f3a9c")


def test_the_files_of_a_container(tmp_path: Path):
    """Rotated files come before the live one, and each restart's behind the one before."""
    folder = "shop_cart-0_0c1/cart"
    expected = [
        f"{folder}/{name}"
        for name in (
            "0.log.20230129-080000.gz",
            "0.log.20230129-090000",
            "0.log.20230129-090000.gz",
            "0.log",
            "2.log",
            "10.log",
        )
    ]
    make(tmp_path, *reversed(expected))
    tree = Kubernetes([tmp_path], "here")
    assert listed(tree, tmp_path) == expected
    assert [file.compressed for file in tree.files()] == [True, False, True, False, False, False]


@pytest.mark.parametrize(
    "path",
    [
        "shop_cart-0_0c1/cart/0.log.20230129-080000.tmp",
        "shop_cart-0_0c1/cart/0.log.swp",
        "shop_cart-0_0c1/cart/cart.log",
        "shop_cart-0_0c1/cart/12345678901234567890.log",
        "shop_cart-0_0c1/0.log",
        "shop_cart-0/cart/0.log",
        "lost+found/cart/0.log",
        "0.log",
    ],
)
def test_what_is_no_log(tmp_path: Path, path: str):
    """A `.tmp` is a file that the kubelet is still compressing; other names are none of ours."""
    make(tmp_path, path)
    tree = Kubernetes([tmp_path], "here")
    assert list(tree.files()) == []
    assert tree.unreadable == {}


@pytest.mark.parametrize("above", ["", "monday/", "imports/monday/"])
def test_a_folder_of_nodes(tmp_path: Path, above: str):
    """The folder that holds a node's tree is the node's name."""
    log = "var/log/pods/shop_cart-0_0c1/cart/0.log"
    make(tmp_path, f"{above}10.0.0.1/{log}", f"{above}node-b/{log}", f"{above}notes.txt")
    files = list(Kubernetes([tmp_path], "here").files())
    assert [file.container.node for file in files] == ["10.0.0.1", "node-b"]


def test_pods_beside_nodes(tmp_path: Path):
    make(tmp_path, "shop_cart-0_0c1/cart/0.log", "a/var/log/pods/shop_cart-1_0c2/cart/0.log")
    files = list(Kubernetes([tmp_path], "here").files())
    assert [file.container.node for file in files] == ["here", "a"]


def test_several_roots(tmp_path: Path):
    make(tmp_path, "one/shop_cart-0_0c1/cart/0.log", "two/shop_cart-1_0c2/cart/0.log")
    tree = Kubernetes([tmp_path / "one", tmp_path / "two"], "here")
    assert [file.container.pod for file in tree.files()] == ["cart-0", "cart-1"]
    assert tree.covers(str(tmp_path / "two/shop_cart-1_0c2/cart/0.log"))
    assert not tree.covers(str(tmp_path / "twofold/shop_cart-1_0c2/cart/0.log"))


@pytest.mark.parametrize("name", ["nothing-here", "x" * 300])
def test_a_missing_root(tmp_path: Path, name: str):
    """It is said of it that it can't be read, and the other roots are."""
    make(tmp_path, "pods/shop_cart-0_0c1/cart/0.log")
    tree = Kubernetes([tmp_path / name, tmp_path / "pods"], "here")
    assert len(list(tree.files())) == 1
    assert list(tree.unreadable) == [str(tmp_path / name)]


def test_a_root_that_is_a_file(tmp_path: Path):
    make(tmp_path, "0.log")
    tree = Kubernetes([tmp_path / "0.log"], "here")
    assert list(tree.files()) == []
    assert tree.unreadable == {str(tmp_path / "0.log"): "Not a directory"}


@pytest.mark.parametrize("name", ["shop_cart-0_0c1", "shop_cart-0_0c1/cart"])
def test_a_folder_that_is_a_link_to_nothing(tmp_path: Path, name: str):
    """A copied link without what it leads to is no empty folder."""
    link = tmp_path / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to("/nonexistent")
    tree = Kubernetes([tmp_path], "here")
    assert list(tree.files()) == []
    assert tree.unreadable[str(link)].startswith("a link to nothing: '/nonexistent' is not there")


def test_an_unreadable_folder(tmp_path: Path):
    """It is named with the reason, until it can be read; its neighbours are listed."""
    make(tmp_path, "shop_cart-0_0c1/cart/0.log")
    loop = tmp_path / "shop_cart-1_0c2"
    loop.symlink_to(loop)
    tree = Kubernetes([tmp_path], "here")
    assert listed(tree, tmp_path) == ["shop_cart-0_0c1/cart/0.log"]
    assert list(tree.unreadable) == [str(loop)]
    loop.unlink()
    assert len(list(tree.files())) == 1
    assert tree.unreadable == {}


@pytest.mark.parametrize(
    ("pod", "name"),
    [
        ("ts-contacts-service-866bd68c97-xcqfx", "ts-contacts-service"),
        ("cart-5d4f8b6c9-x2xzv", "cart"),
        ("fluent-bit-x2xzv", "fluent-bit"),
        ("mysql-0", "mysql"),
        ("mysql-12", "mysql"),
        ("backup-27912345-x2xzv", "backup"),
        ("backup-27912345", "backup"),
        ("etcd", "etcd"),
        ("payment-service", "payment-service"),
        ("etcd-node.a", "etcd-node.a"),
        ("-0", "-0"),
    ],
)
def test_workload(pod: str, name: str):
    """Controllers make a pod's name out of theirs and a suffix with no vowels in it."""
    assert workload(pod) == name
