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


def check_default_logs() -> None:
    """Raise ClewError unless the kubelet keeps logs where an agent looks for them by default."""
    from clew.runtime.errors import ClewError

    if not POD_LOGS.is_dir():
        raise ClewError(
            f"there is no {POD_LOGS} on this machine: name a folder of logs with --logs, "
            "or look at the demo with --demo"
        )
