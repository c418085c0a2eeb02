"""A real Alertmanager, and somebody it notifies."""

from __future__ import annotations

import json
import subprocess
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import yaml

from clew.runtime.addresses import free_port
from tests.support.components import require_unpacked
from tests.support.processes import wait_until

_PACKAGE = "prometheus-alertmanager"


class Receiver:
    """Takes notifications by webhook: `heard` has the status and labels of each, in order."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str]]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                for alert in json.loads(body)["alerts"]:
                    receiver.heard.append((alert["status"], alert["labels"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def statuses(self, alert: str) -> list[str]:
        return [status for status, labels in self.heard if labels["alertname"] == alert]


class AlertmanagerServer:
    """Debian's Alertmanager on a free port; it tells `receiver` at once."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self._program = require_unpacked(
            "prometheus-alertmanager", "usr/bin/prometheus-alertmanager"
        )
        self._folder, self._receiver = folder, receiver
        self._port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "alertmanager.yaml"
        config.write_text(yaml.safe_dump(self._configuration()))
        with (self._folder / "alertmanager.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *self._with_templates(),
                    self._program,
                    f"--config.file={config}",
                    f"--storage.path={self._folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                    "--cluster.listen-address=",
                ],
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: self._get("/api/v2/status") is not None, "the Alertmanager answers")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=20)

    def alerts(self) -> list[dict[str, Any]]:
        """Those that are active."""
        return list(self._get("/api/v2/alerts") or [])

    def alert(self, name: str) -> dict[str, Any] | None:
        named = [each for each in self.alerts() if each["labels"]["alertname"] == name]
        return named[0] if named else None

    def _get(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def _with_templates(self) -> list[str]:
        """
        Debian's program reads its templates from /usr/share and nowhere else.

        So it gets a /usr/share of its own, in which those of the unpacked package are, too.
        """
        share = self._program.parents[1] / "share"
        mount = f'mount -t overlay overlay -o lowerdir="{share}":/usr/share /usr/share'
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]

    def _configuration(self) -> dict[str, Any]:
        return {
            "route": {
                "receiver": "somebody",
                "group_by": ["alertname"],
                "group_wait": "1s",
                "group_interval": "1s",
                "repeat_interval": "1h",
            },
            "receivers": [
                {
                    "name": "somebody",
                    "webhook_configs": [{"url": self._receiver.url, "send_resolved": True}],
                }
            ],
        }
