"""
Java programs, run with the jars of their packages.

    .cache/libraries/java/<digest of the packages>/*.jar

Maven copies the jars of packages, and of all that those need, once: a folder is there whole or not
at all. A package is written as Maven does, `group:artifact:version`.

The clock of a program is that of Tbilisi, four hours ahead: what is written without its zone shows.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from tests.support.components import ROOT, require_program
from tests.support.libraries.case import Case

APP = "/app"
HOST = "host-1"

_JARS = ROOT / ".cache" / "libraries" / "java"
_COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_SECONDS = 600
_KEPT = frozenset({".toml", ".log", ".ndjson"})  # ours, and nothing that the program reads
_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>clew</groupId>
  <artifactId>libraries</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>{dependencies}
  </dependencies>
</project>
"""
_DEPENDENCY = """
    <dependency>
      <groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>
    </dependency>"""


def run(case: Case) -> bytes:
    """
    What the program of a case prints, both streams in one, in the order of writing.

    A program may stand in the folder of another case. All files of both folders are there when it
    runs, those of the case itself first; its options are system properties.
    """
    program = case.folder / case.program
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary + APP)  # log4j2 prints the last part of a path
        folder.mkdir()
        for source in (program.parent, case.folder):
            for path in source.iterdir():
                if path.suffix not in _KEPT:
                    shutil.copy(path, folder)
        return run_program(folder, [program.name], case.packages, case.options)


def run_program(
    folder: Path,
    sources: Sequence[str],
    packages: Sequence[str],
    properties: Mapping[str, str] | None = None,
) -> bytes:
    """
    What the first of the sources prints. They stand in a folder, which is on the class path.

    Of other sources there, those are compiled as well that these need.
    """
    javac = require_program("javac", "javac")
    java = require_program("java", "java")
    classes = f"{folder}:{get_jars(packages)}/*"
    into = ("-sourcepath", str(folder), "-d", str(folder))
    _run(folder, str(javac), "-proc:none", "-cp", classes, *into, *sources)
    given = [f"-D{name}={value}" for name, value in (properties or {}).items()]
    settings = ["-Duser.timezone=Asia/Tbilisi", "-Duser.language=en", "-Dfile.encoding=UTF-8"]
    printed = _run(folder, str(java), *settings, *given, "-cp", classes, Path(sources[0]).stem)
    return _without_machine(printed, folder)


def get_jars(packages: Sequence[str]) -> Path:
    """The folder with the jars of packages and of what they need; fetched where it is not there."""
    digest = sha256("\n".join(sorted(packages)).encode()).hexdigest()[:12]
    folder = _JARS / digest
    if not folder.exists():
        _JARS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_JARS) as unfinished:
            _copy_jars(packages, Path(unfinished))
            _put(Path(unfinished) / "jars", folder)
    return folder


def _copy_jars(packages: Sequence[str], folder: Path) -> None:
    maven = require_program("Maven", "mvn")
    dependencies = "".join(_DEPENDENCY.format(*package.split(":")) for package in packages)
    pom = folder / "pom.xml"
    pom.write_text(_POM.format(dependencies=dependencies))
    output = f"-DoutputDirectory={folder / 'jars'}"
    _run(folder, str(maven), "-B", "-q", "-f", str(pom), output, _COPY_JARS)


def _put(jars: Path, folder: Path) -> None:
    try:
        jars.rename(folder)
    except OSError:
        if not folder.exists():  # else another test run was faster
            raise


def _without_machine(printed: bytes, folder: Path) -> bytes:
    host = re.escape(socket.gethostname().encode())
    return re.sub(rb"\b%s\b" % host, HOST.encode(), printed.replace(bytes(folder), APP.encode()))


def _run(folder: Path, *command: str) -> bytes:
    """What a command prints. Raises RuntimeError with that where the command fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        printed = done.stdout.decode(errors="replace")
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{printed}")
    return done.stdout
