"""
Print stack traces with real languages: `python -m scripts.traces [--expected]`.

Writes the golden cases of tests/golden/traces again, for each language that is on this machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from tests.support.traces import CASES, outcome

APP = "/app"
"""Where the programs seem to stand: what is kept names no folder of this machine."""


def print_trace(program: Path) -> bytes | None:
    """What a program prints, both streams in one; None where its language is not here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(program, folder))
        commands = {
            ".java": [["javac", "-d", folder, path.name], ["java", "-cp", folder, path.stem]],
            ".py": [[sys.executable, str(path)]],
            ".js": [["node", str(path)]],
            ".go": [["go", "build", "-o", f"{folder}/program", path.name], [f"{folder}/program"]],
        }[path.suffix]
        if shutil.which(commands[0][0]) is None:
            return None
        for command in commands:
            printed = subprocess.run(
                command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
            ).stdout
        library = sysconfig.get_path("stdlib").encode()
        return printed.replace(folder.encode(), APP.encode()).replace(library, b"/usr/lib/python3")


def main(arguments: list[str]) -> int:
    for program in CASES:
        printed = print_trace(program)
        if printed is None:
            print(f"{program.name}: its language is not here, left as it was")
        else:
            program.with_suffix(".output").write_bytes(printed)
    if "--expected" in arguments:
        for output in sorted(CASES[0].parents[1].glob("*/*.output")):
            expected = json.dumps(outcome(output.read_bytes()), indent=1, ensure_ascii=False)
            output.with_suffix(".expected.json").write_text(expected + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
