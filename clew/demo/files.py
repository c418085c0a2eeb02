"""Small files that are there wholly or not at all."""

from __future__ import annotations

from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """
    Put new content in place of a file's in one step: a reader sees the old or the new.

    Not promised: that it survives a power cut. The shop starts anew then.
    """
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_bytes(content)
    unfinished.replace(path)
