"""`python -m bench.soak [SECONDS]`: rotate and kill for so long, and print what was lost."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.soaking import soak

SECONDS = 180.0


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        outcome = soak(Path(folder), seconds)
    print(outcome)
    return 1 if outcome.lost or outcome.repeated or outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
