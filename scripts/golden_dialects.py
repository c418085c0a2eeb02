"""
Run the programs of golden dialects again: `python -m scripts.golden_dialects [CASE]...`.

Writes what they print, and the records that become of it: read the diff before it is committed.
Cases whose language is not on this machine, or that can't be run anywhere here, keep their output.
"""

from __future__ import annotations

import importlib
import sys

import pytest

from tests.support.golden_dialects import encode, records_of
from tests.support.libraries.case import Case, load_cases


def refresh(case: Case) -> str:
    """Run one case; what was done."""
    said = "kept its output"
    if case.language != "none":
        try:
            runner = importlib.import_module(f"tests.support.libraries.{case.language}")
            case.output.write_bytes(runner.run(case))
            said = "printed again"
        except (OSError, RuntimeError, pytest.skip.Exception) as error:
            said = f"kept its output: {error}"
    case.expected.write_bytes(encode(records_of(case.output.read_bytes())))
    return said


def main(names: list[str]) -> int:
    unknown = set(names) - {case.name for case in load_cases()}
    if unknown:
        print(f"no such case: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [case for case in load_cases() if not names or case.name in names]
    for number, case in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {case.name}: ", end="", flush=True)
        print(refresh(case))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
