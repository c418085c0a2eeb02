"""`clew up` from the wheel, as a person starts and stops it."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from clew.runtime.addresses import free_port
from tests.support.balance import assert_balanced
from tests.support.processes import wait_until
from tests.support.wheel import Installation

STOP_SECONDS = 10
"""What the README promises for Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Import:
    """How a `clew up --once` ended."""

    code: int
    summary: dict[str, Any]
    errors: str


def import_once(installation: Installation, logs: Path, data: Path) -> Import:
    """
    Index what is in a folder of logs, once.

    Nobody can ask it for its books before it ends: it ends well only where they balance, and its
    summary says so.
    """
    done = installation.run(
        *(installation.clew, "up", "--once", "--json", "--listen", "127.0.0.1:0"),
        *("--collector-listen", "127.0.0.1:0", "--agent-listen", "127.0.0.1:0"),
        *("--logs", logs, "--data", data),
        timeout_seconds=240,
    )
    assert done.stdout, done.stderr
    imported = Import(done.returncode, json.loads(done.stdout), done.stderr)
    assert imported.code or imported.summary["balanced"], imported.errors
    return imported


class Up:
    """A running `clew up`; however a test ends it, the books of its agent are checked before."""

    def __init__(self, installation: Installation, data: Path, *options: str | Path) -> None:
        self.data = data
        self.url = f"http://127.0.0.1:{free_port('127.0.0.1')}"
        self._installation = installation
        self._options = (*options, "--data", data, "--listen", self.url.removeprefix("http://"))
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [
                *(self._installation.clew, "up", *self._options),
                *("--collector-listen", "127.0.0.1:0", "--agent-listen", "127.0.0.1:0"),
            ],
            cwd=self._installation.directory,
            env=self._installation.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.interrupt()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait_ready(self) -> Self:
        wait_until(lambda: self.get("/readyz") is not None, "the page answers")
        return self

    @property
    def agent_url(self) -> str:
        """Where its agent tells about itself."""
        section = yaml.safe_load((self.data / "run" / "agent.yaml").read_text())["agent"]
        return f"http://{section['listen']}"

    def get(self, path: str) -> Any:
        """The JSON at a path, or None where nobody answers well."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def transactions(self) -> list[dict[str, Any]]:
        answer = self.get("/api/transactions")
        return list(answer["transactions"]) if answer else []

    def interrupt(self) -> str:
        """Ctrl-C; what it has printed. Fails where it takes longer than promised."""
        assert self._process is not None
        self._check_books()
        self._process.send_signal(signal.SIGINT)
        output, _ = self._process.communicate(timeout=STOP_SECONDS)
        assert self._process.returncode == 0, output
        return output

    def _check_books(self) -> None:
        """One that ends before it has started an agent has none."""
        if (self.data / "run" / "agent.yaml").exists():
            assert_balanced(self.agent_url)

    def kill(self) -> None:
        assert self._process is not None
        self._check_books()
        self._process.kill()
        self._process.communicate()


def children_of(data: Path) -> list[int]:
    """Processes that were started with something in this folder on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(data).encode() in command and b"clew" in command:
                found.append(int(entry.name))
    return found
