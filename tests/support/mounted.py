"""
A folder as a kubelet mounts a ConfigMap or a Secret: it changes whole, and at one moment.

    <folder>/..2026_1/agent.yaml       what stands there
    <folder>/..data -> ..2026_1        moved by one rename
    <folder>/agent.yaml -> ..data/agent.yaml
"""

from __future__ import annotations

import shutil
from pathlib import Path


class Mounted:
    def __init__(self, folder: Path, **files: str) -> None:
        """Files by their names with `_` for the dot."""
        self.folder = folder
        self._version = 0
        folder.mkdir(parents=True)
        self.change(**files)
        for name in files:
            file = name.replace("_", ".")
            (folder / file).symlink_to(f"..data/{file}")

    def change(self, **files: str) -> None:
        """As the kubelet's AtomicWriter does it; all files bear the same date before and after."""
        self._version += 1
        version = self.folder / f"..2026_{self._version}"
        version.mkdir()
        for name, text in files.items():
            (version / name.replace("_", ".")).write_text(text)
        link, fresh = self.folder / "..data", self.folder / "..data_tmp"
        before = link.resolve() if link.exists() else None
        fresh.symlink_to(version.name)
        fresh.rename(link)
        if before is not None:
            shutil.rmtree(before)
