"""
Which Elasticsearch this machine can run: the Java that is there decides.

9.x wants Java 21 or later and 8.19 runs on Java 17, Debian's: where both are, both are tested.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_RELEASES = (("9.5.3", range(21, 100)), ("8.19.21", range(17, 21)))
_VERSION = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)


class Release(NamedTuple):
    """A version of the server, and the development kit (the folder above `bin`) that runs it."""

    version: str
    java_home: Path
    java_version: int


def available() -> list[Release]:
    """What can run here, the newest first; nothing where no JDK is found."""
    kits = list(_kits())
    found = []
    for version, wanted in _RELEASES:
        fitting = [kit for kit in kits if kit[1] in wanted]
        if fitting:
            java_home, java_version = max(fitting, key=lambda kit: kit[1])
            found.append(Release(version, java_home, java_version))
    return found


def _kits() -> Iterator[tuple[Path, int]]:
    """Every JDK (a bare runtime can't compile the launcher) with its version."""
    named = os.environ.get("JAVA_HOME")
    homes = [Path(named)] if named else []
    for home in (*homes, *sorted(Path("/usr/lib/jvm").glob("*"))):
        release = home / "release"
        if not (home / "bin" / "javac").is_file() or not release.is_file():
            continue
        if match := _VERSION.search(release.read_text()):
            yield home.resolve(), int(match[1])
