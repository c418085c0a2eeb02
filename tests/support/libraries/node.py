"""
Programs of golden cases in JavaScript, run with the packages that npm installs for them.

Packages are written as npm does, `pino@10.4.0`; packages that they need are the newest that fit,
since a lock file would tie the tree to one registry's addresses.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.components import require_program
from tests.support.libraries.case import Case
from tests.support.libraries.running import APP, install_with, installed, output_of

SUFFIXES = {".js", ".mjs", ".cjs"}
_REMEDY = "install Node.js 20 or later, with npm"
# No scripts of packages: those of bunyan build an addon that it can do without.
_OPTIONS = (
    "--no-package-lock", "--ignore-scripts", "--omit=optional",
    "--no-audit", "--no-fund", "--loglevel=error",
)  # fmt: skip


def run(case: Case) -> bytes:
    """
    What the program of a case prints, both streams in one, in the order of writing.

    The other files of JavaScript in the case's folder are there too, and an option in capital
    letters is set in the program's environment.
    """
    node = require_program("Node.js", "node", remedy=_REMEDY)
    modules = installed("node", case.packages, lambda folder: _install(case.packages, folder))
    environment = {name: text for name, text in case.options.items() if name.isupper()}
    with TemporaryDirectory() as temporary:
        app = Path(temporary).resolve() / "app"
        app.mkdir()
        for source in case.folder.iterdir():
            if source.suffix in SUFFIXES:
                shutil.copy(source, app)
        (app / "node_modules").symlink_to(modules / "node_modules")
        places = {app: APP, modules: APP}
        return output_of([node, case.program], app, places, environment)


def _install(packages: tuple[str, ...], folder: Path) -> None:
    npm = require_program("npm", "npm", remedy=_REMEDY)
    (folder / "package.json").write_text('{"private": true}\n')
    install_with([npm, "install", *_OPTIONS, *packages], folder)
