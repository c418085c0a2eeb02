"""
A real one-node Elasticsearch on a free port of loopback.

It is a child of the test run with a folder of its own: `kill` is kill -9, and `restart` opens the
same folder on the same port, as a node does that comes back.
"""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clew.runtime.clock import Deadline
from tests.support.elasticsearch.home import home_of
from tests.support.elasticsearch.releases import Release

START_SECONDS = 90
"""A start takes 5 to 12 s on two free cores."""
STOP_SECONDS = 30
_POLL_SECONDS = 0.1


class ElasticsearchServer:
    """
    One server of a release. `settings` are Elasticsearch's own, such as thread_pool.write.size.

    `start` returns when the server answers, and raises RuntimeError with the end of its log when
    it doesn't come up.
    """

    def __init__(self, release: Release, settings: Mapping[str, str] | None = None) -> None:
        self.release = release
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._data_dir = Path()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self, data_dir: Path) -> None:
        self._data_dir, self._port = data_dir, _free_port()
        data_dir.mkdir(parents=True, exist_ok=True)
        self._launch()

    def kill(self) -> None:
        """What a crash does: the process is gone at once, whatever it was at."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def restart(self) -> None:
        """Come back after `kill`, with the same data at the same address."""
        self.kill()
        self._launch()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Within, the server takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Close the node; kill it where it does not close in time."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def _launch(self) -> None:
        home = home_of(self.release)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command(home), stdout=log, stderr=log)
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            raise

    def _command(self, home: Path) -> list[str]:
        unsafe = ["--sun-misc-unsafe-memory-access=allow"] if self.release.java_version > 22 else []
        return [
            str(self.release.java_home / "bin" / "java"),
            "-Xms512m",
            "-Xmx512m",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "--add-modules=jdk.incubator.vector",
            *unsafe,
            "-Dlog4j.shutdownHookEnabled=false",
            "-Dlog4j2.disable.jmx=true",
            f"-Des.nativelibs.path={home / 'native'}",
            # The vector library is not in the jars, and its absence would switch off zstd too.
            "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
            "-cp",
            f"{home / 'launcher'}:{home / 'lib'}/*",
            "clew.launcher.Launcher",
            str(home),
            str(self._data_dir.absolute()),
            str(self._port),
            *(f"{name}={value}" for name, value in self._settings.items()),
        ]

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = Deadline.after(START_SECONDS)
        while not self._answers():
            try:
                process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                if not deadline.passed():
                    continue
            raise RuntimeError(f"Elasticsearch did not come up:\n{self._end_of_log()}")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", "/_cluster/health?wait_for_status=yellow&timeout=4s")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def _log(self) -> Path:
        return self._data_dir / "server.log"

    def _end_of_log(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
