"""The `clew` command as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys


def clew(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end; without the CLEW_ variables of whoever runs the tests."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CLEW_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "clew", *arguments],
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
