"""Where things are by default."""

from __future__ import annotations

import os
import sys
from pathlib import Path

POD_LOGS = Path("/var/log/pods")


def default_data() -> Path:
    """The user's data folder for clew: $XDG_DATA_HOME/clew, or what the system has instead."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "clew"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "clew"


def default_logs() -> list[Path]:
    """Where the kubelet keeps logs, if this is a node. Raises ClewError otherwise."""
    from clew.runtime.errors import ClewError

    if POD_LOGS.is_dir():
        return [POD_LOGS]
    raise ClewError(
        f"there is no {POD_LOGS} on this machine: name a folder of logs with --logs, "
        "or look at the demo with --demo"
    )
