"""Processes of clew under test: started with a configuration, killed, and started again."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

import yaml
from prometheus_client.parser import text_string_to_metric_families

from clew.runtime.addresses import free_port
from tests.support.balance import assert_balanced
from tests.support.mounted import Mounted

START_SECONDS = 60.0
_POLL_SECONDS = 0.02


class Process:
    """
    One `clew <name> --config FILE`; the file is mounted into `folder`, as from a ConfigMap.

    However a test ends an agent, by SIGTERM, kill -9 or by waiting for its own end: its books are
    checked until then.
    """

    def __init__(self, name: str, folder: Path, section: dict[str, Any], *options: str) -> None:
        self.name, self.folder, self._options = name, folder, options
        self.port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"
        self._section = {"listen": f"127.0.0.1:{self.port}", **section}
        self._mounted = Mounted(folder / f"{name}-config", config_yaml=self._text())
        self._config = self._mounted.folder / "config.yaml"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, largest_file_bytes: int | None = None) -> Self:
        """`largest_file_bytes`: no file grows beyond it, which is how a full disk looks."""

        def limit() -> None:
            if largest_file_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file_bytes, largest_file_bytes))

        with (self.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "clew", self.name, "--config", self._config, *self._options],
                stdout=log,
                stderr=log,
                preexec_fn=limit,  # noqa: PLW1509 - the tests start it from one thread
            )
        return self

    def wait_ready(self) -> Self:
        try:
            wait_until(self._is_ready, f"{self.name} is ready")
        except AssertionError as error:
            raise AssertionError(f"{error} {self.reasons()}\n{self.log[-2000:]}") from None
        return self

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"{self.name} ended"
        return self.get("/readyz") is not None

    def get(self, path: str) -> Any:
        """The JSON at a path, or None where nobody answers well."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def reasons(self) -> dict[str, str]:
        """Why it is not ready, as /readyz says; empty where it is, or does not answer yet."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                return {}
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error)["reasons"])
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return {}

    def wait_for_lines(self, lines: int) -> None:
        """Until an agent has so many lines stored."""

        def stored() -> bool:
            status = self.get("/status")
            # What may still become part of a stack trace is read, and not stored.
            return status is not None and status["lines_read"] - status["pieces_open"] >= lines

        wait_until(stored, f"{lines} lines are stored")

    def change(self, **settings: Any) -> None:
        """Other settings from now on; the process is not told."""
        self._section |= settings
        self._mounted.change(config_yaml=self._text())

    def hang_up(self) -> None:
        """SIGHUP."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def metric(self, name: str, **labels: str) -> float | None:
        """What it says of itself at /metrics; None where it does not, or not at this moment."""
        try:
            with urllib.request.urlopen(f"{self.url}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None
        samples = (s for family in text_string_to_metric_families(text) for s in family.samples)
        return next((s.value for s in samples if (s.name, s.labels) == (name, labels)), None)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._check_books()
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        """SIGSTOP: it is there and does nothing, until `go_on`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM; the exit code. Fails where it takes longer than we promise."""
        if self._process is None or self._process.poll() is not None:
            return self._process.returncode if self._process else 0
        self._check_books()
        self._process.terminate()
        self.go_on()  # one that hangs would not hear it
        return self._process.wait(timeout=10)

    def wait(self, seconds: float) -> int:
        """Its exit code, when it ends by itself."""
        process = self._process
        assert process is not None
        if self.name == "agent":
            wait_until(lambda: self._ended_in_balance(process), f"{self.name} ends", seconds)
        return process.wait(timeout=seconds)

    def _ended_in_balance(self, process: subprocess.Popen[bytes]) -> bool:
        self._check_books()
        return process.poll() is not None

    def _check_books(self) -> None:
        """One that hangs or does not listen yet shows none."""
        if self.name == "agent":
            assert_balanced(self.url)

    @property
    def log(self) -> str:
        return (self.folder / f"{self.name}.log").read_text()

    def _text(self) -> str:
        return yaml.safe_dump({self.name: self._section})

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def wait_until(condition: Any, what: str, seconds: float = START_SECONDS) -> None:
    """Ask again and again, and fail after so many seconds."""
    deadline = time.monotonic() + seconds  # noqa: TID251 - real processes live in real time
    while not condition():
        if time.monotonic() > deadline:  # noqa: TID251
            raise AssertionError(f"still not so after {seconds} s: {what}")
        time.sleep(_POLL_SECONDS)  # noqa: TID251
