"""
Programs of golden cases in Java, run with the jars of their packages.

A package is written as Maven does, `group:artifact:version`; Maven copies its jar and those that it
needs. The clock of a program is that of Tbilisi, four hours ahead: what is written without its zone
shows.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.components import require_program
from tests.support.libraries.case import Case
from tests.support.libraries.running import APP, install_with, installed, output_of

_COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_SETTINGS = ("-Duser.timezone=Asia/Tbilisi", "-Duser.language=en", "-Dfile.encoding=UTF-8")
_OURS = frozenset({".toml", ".log", ".ndjson"})  # what no program reads
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
    with TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve() / "app"  # log4j2 prints the last part of a path
        folder.mkdir()
        for source in (program.parent, case.folder):
            for path in source.iterdir():
                if path.suffix not in _OURS:
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
    javac, java = require_program("javac", "javac"), require_program("java", "java")
    jars = installed("java", packages, lambda place: _copy_jars(packages, place))
    classes = f"{folder}:{jars}/*"
    into = ("-sourcepath", folder, "-d", folder)
    install_with([javac, "-proc:none", "-cp", classes, *into, *sources], folder)
    given = [f"-D{name}={value}" for name, value in (properties or {}).items()]
    main = Path(sources[0]).stem
    return output_of([java, *_SETTINGS, *given, "-cp", classes, main], folder, {folder: APP}, {})


def _copy_jars(packages: Sequence[str], folder: Path) -> None:
    maven = require_program("Maven", "mvn")
    dependencies = "".join(_DEPENDENCY.format(*package.split(":")) for package in packages)
    (folder / "pom.xml").write_text(_POM.format(dependencies=dependencies))
    install_with([maven, "-B", "-q", f"-DoutputDirectory={folder}", _COPY_JARS], folder)
