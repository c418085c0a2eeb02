"""
Programs of golden cases in Go, built with the modules that the `go` command fetches for them.

Packages are modules with their versions, `go.uber.org/zap@v1.28.0`; go.mod is made of them. Which
versions of other modules they take follows from that alone, and the checksum database vouches for
what was fetched, so that no go.sum is kept.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.components import require_program
from tests.support.libraries.case import Case
from tests.support.libraries.running import APP, INSTALLED, install_with, output_of

_MODULES = INSTALLED / "go" / "modules"
_GO, _GO_MODULES = "/usr/local/go", "/go/pkg/mod"
"""Where both lie in the image `golang`, and so in the stack traces of most programs."""

# Fetched modules are read-only otherwise, and `make clean` would fail.
_FLAGS = "-mod=mod -modcacherw -buildvcs=false"


def run(case: Case) -> bytes:
    """
    What the program of a case prints, both streams in one, in the order of writing.

    The other files of Go in the case's folder belong to the program, and an option in capital
    letters is set in its environment.
    """
    go = require_program("Go", "go", "/usr/local/go/bin/go", remedy="install Go 1.26 or later")
    environment = {name: text for name, text in case.options.items() if name.isupper()}
    with TemporaryDirectory() as temporary:
        app = Path(temporary).resolve() / "app"
        app.mkdir()
        for source in case.folder.glob("*.go"):
            shutil.copy(source, app)
        (app / "go.mod").write_text(_go_mod(go, case.packages))
        install_with(
            [go, "build", "-o", app.parent / "program", "."],
            app,
            GOMODCACHE=str(_MODULES),
            GOFLAGS=_FLAGS,
            GOTOOLCHAIN="local",
            CGO_ENABLED="0",
        )
        places = {app: APP, _MODULES: _GO_MODULES, Path(_ask(go, "GOROOT")): _GO}
        return output_of([app.parent / "program"], app, places, environment)


def _go_mod(go: Path, packages: tuple[str, ...]) -> str:
    version = _ask(go, "GOVERSION").removeprefix("go").partition(" ")[0]
    required = [f"require {package.replace('@', ' ')}" for package in packages]
    return "\n".join(["module shop", f"go {version}", *required, ""])


def _ask(go: Path, variable: str) -> str:
    """A variable of the `go` command's environment."""
    answer = subprocess.run([go, "env", variable], capture_output=True, text=True, check=True)
    return answer.stdout.strip()
