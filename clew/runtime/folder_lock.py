"""One process at a time in a folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from clew.runtime.errors import ClewError


class FolderLock:
    """
    Holds a folder for this process until it is closed or the process ends, however it ends.

    The kernel drops the lock with the process, so a kill -9 leaves nothing to clean up.
    """

    def __init__(self, folder: Path, what: str) -> None:
        """Make the folder if need be and take it. Raises ClewError naming who has it."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ClewError(f"can't write to {folder}: {error.strerror or error}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            process = f"process {holder}" if holder else "another process"
            raise ClewError(
                f"{folder} is in use by the {what} that runs as {process}; stop it, or choose "
                "another folder"
            ) from None
        except OSError as error:
            os.close(self._descriptor)
            raise ClewError(f"{folder} can't be locked: {error.strerror or error}") from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
