"""How logrotate keeps a file's older parts."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path


def rotate(live: Path, *, copytruncate: bool = False) -> Path:
    """The live file as `.1`, all older ones with the next number; an empty one in its place."""
    older = [path for path in live.parent.glob(f"{live.name}.*") if _number(path, live)]
    for path in sorted(older, key=lambda path: -_number(path, live)):
        number = _number(path, live)
        tail = path.name.removeprefix(f"{live.name}.{number}")
        path.rename(path.with_name(f"{live.name}.{number + 1}{tail}"))
    rotated = live.with_name(f"{live.name}.1")
    if copytruncate:
        shutil.copyfile(live, rotated)
        live.write_bytes(b"")
    else:
        live.rename(rotated)
        live.touch()
    return rotated


def compress(rotated: Path) -> Path:
    compressed = rotated.with_name(f"{rotated.name}.gz")
    compressed.write_bytes(gzip.compress(rotated.read_bytes(), 1))
    rotated.unlink()
    return compressed


def _number(path: Path, live: Path) -> int:
    number = path.name.removeprefix(f"{live.name}.").removesuffix(".gz")
    return int(number) if number.isdigit() else 0
