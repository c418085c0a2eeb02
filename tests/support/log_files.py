"""
Log files of a container, written, rotated and lost the way a runtime and a kubelet do it.

Made for tests and sharing nothing with what reads them, nor with the demo. Time moves with each
write, in the lines as in the files' own dates.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Literal

from clew.schema.timestamps import SECOND, format_rfc3339

Stream = Literal["stdout", "stderr"]
START = 1_675_000_000 * SECOND


def cri_line(time: int, stream: str, tag: str, content: bytes) -> bytes:
    """What containerd writes; Go trims the zeros that end a fraction."""
    stamp = format_rfc3339(time)[:-1].rstrip("0").rstrip(".") + "Z"
    return f"{stamp} {stream} {tag} ".encode() + content + b"\n"


def docker_line(time: int, stream: str, log: str, **more: object) -> bytes:
    """What the json-file driver writes; a `log` without a newline at its end is a piece."""
    line = {"log": log, "stream": stream, **more, "time": format_rfc3339(time)}
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


class LogWriter:
    """
    The runtime and the kubelet of one container.

    What is written goes to the file that is open, under whatever name it has by then.
    """

    def __init__(self, pods: Path, pod: str = "shop_cart-0_0c1", container: str = "cart") -> None:
        self.folder = pods / pod / container
        self.folder.mkdir(parents=True)
        self.time = START
        self.number = 0
        self._rotations = 0
        self.path = self._open()

    def write(self, content: bytes, stream: Stream = "stdout", tag: str = "F") -> int:
        """One physical line; the offset where it begins."""
        return self.append(cri_line(self.time, stream, tag, content))

    def write_docker(self, log: str, stream: Stream = "stdout") -> int:
        return self.append(docker_line(self.time, stream, log))

    def append(self, data: bytes) -> int:
        """Any bytes; the offset where they begin."""
        offset = os.fstat(self._file).st_size
        os.write(self._file, data)
        self._date()
        return offset

    def rename(self) -> Path:
        """The first half of a rotation: the runtime goes on writing to the renamed file."""
        self._rotations += 1
        rotated = self.folder / f"{self.number}.log.20230129-{self._rotations:06}"
        return self.path.rename(rotated)

    def reopen(self) -> None:
        """The second half: a new file under the old name."""
        os.close(self._file)
        self._open()

    def rotate(self) -> Path:
        rotated = self.rename()
        self.reopen()
        return rotated

    def compress(self, rotated: Path) -> Path:
        """As the kubelet does it; for a moment, a file has two names."""
        temporary = rotated.with_name(f"{rotated.name}.tmp")
        temporary.write_bytes(gzip.compress(rotated.read_bytes(), 1))
        compressed = temporary.rename(rotated.with_name(f"{rotated.name}.gz"))
        rotated.unlink()
        return compressed

    def truncate(self, size: int = 0) -> None:
        os.truncate(self.path, size)
        self._date()

    def restart(self) -> None:
        """The container ends, and starts again with a log of its own."""
        self.number += 1
        self.reopen()

    def close(self) -> None:
        os.close(self._file)

    def _open(self) -> Path:
        self.path = self.folder / f"{self.number}.log"
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._date()
        return self.path

    def _date(self) -> None:
        self.time += 1_500_000
        os.utime(self._file, ns=(self.time, self.time))
