"""
An Elasticsearch home, made once from Maven Central and kept outside the tree.

    <cache>/elasticsearch-9.5.3-<digest of our sources>/
        lib/        the server's jars, its class path
        launcher/   our classes that start a node
        modules/    transport-netty4 (HTTP), and clew-tests (what a distribution has besides)
        config/     logging
        native/     the system's libzstd, which best_compression needs

A home is complete or not there at all: it is built beside its place and renamed. Once it is there,
nothing is fetched any more.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path

from tests.support.elasticsearch.releases import Release

_HERE = Path(__file__).parent
_COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_BUILD_SECONDS = 600
_MODULE = """\
name={name}
description={name}
classname={main}
java.version=17
version={version}
elasticsearch.version={version}
"""


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "clew"


def home_of(release: Release) -> Path:
    """The home of a release; it is built first where it isn't there yet."""
    sources = sorted(path for path in _HERE.rglob("*") if path.suffix in {".java", ".xml"})
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in (*sources, Path(__file__))))
    home = cache() / f"elasticsearch-{release.version}-{digest.hexdigest()[:8]}"
    with _only_one(home.with_name(f"elasticsearch-{release.version}.lock")):
        if not home.exists():
            _build_beside(home, release)
    return home


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Two test runs that begin at once build one home."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build_beside(home: Path, release: Release) -> None:
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f"{home.name}.") as temporary:
        unfinished = Path(temporary) / "home"
        _build(unfinished, release)
        unfinished.rename(home)


def _build(home: Path, release: Release) -> None:
    version = f"-Delasticsearch.version={release.version}"
    output = f"-DoutputDirectory={home / 'lib'}"
    _run("mvn", "-B", "-q", "-f", str(_HERE / "pom.xml"), version, output, _COPY_JARS)
    _move_netty(home, release)
    _compile(home, release)
    (home / "config").mkdir()
    shutil.copy(_HERE / "log4j2.properties", home / "config")
    (home / "native").mkdir()
    if zstd := _system_library("zstd"):
        (home / "native" / "libzstd.so").symlink_to(zstd)


def _move_netty(home: Path, release: Release) -> None:
    # A module's main class may not be on the class path as well.
    module = home / "modules" / "transport-netty4"
    module.mkdir(parents=True)
    for jar in [*home.glob("lib/transport-netty4-*.jar"), *home.glob("lib/netty-*.jar")]:
        jar.rename(module / jar.name)
    _describe(module, release, "org.elasticsearch.transport.netty4.Netty4Plugin")


def _compile(home: Path, release: Release) -> None:
    java = _HERE / "java"
    specific = java / f"v{release.version.partition('.')[0]}"
    tools = release.java_home / "bin"
    classes = ("-cp", f"{home / 'lib'}/*", "-d")
    launcher = [*(java / "launcher").glob("*.java"), specific / "Bundles.java"]
    _run(str(tools / "javac"), *classes, str(home / "launcher"), *map(str, launcher))
    plugin = [*(java / "module").glob("*.java"), specific / "TestPlugin.java"]
    module = home / "modules" / "clew-tests"
    module.mkdir()
    with tempfile.TemporaryDirectory() as compiled:
        _run(str(tools / "javac"), *classes, compiled, *map(str, plugin))
        _run(str(tools / "jar"), "cf", str(module / "clew-tests.jar"), "-C", compiled, ".")
    _describe(module, release, "clew.module.TestPlugin")


def _describe(module: Path, release: Release, main: str) -> None:
    text = _MODULE.format(name=module.name, main=main, version=release.version)
    (module / "plugin-descriptor.properties").write_text(text)


def _system_library(name: str) -> Path | None:
    """The file of a shared library, from what the linker says it is called."""
    called = find_library(name)
    if called is None:
        return None
    places = (*Path("/lib").glob("*-linux-gnu*"), *map(Path, ("/lib64", "/usr/lib64", "/usr/lib")))
    return next((place / called for place in places if (place / called).exists()), None)


def _run(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")
