"""
A real Prometheus of Debian's: samples in by remote write, values of expressions out.

It is unpacked, not installed (scripts/unpack_debian.sh), scrapes nothing unless it is told to, and
keeps what it is given in a folder of the test run.
"""

from __future__ import annotations

import http.client
import json
import struct
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from clew.promql.values import Series, Value
from clew.runtime.addresses import free_port
from tests.support.components import require_unpacked
from tests.support.processes import wait_until

_MILLISECOND = 10**6


class Prometheus:
    def __init__(self, folder: Path, configuration: Mapping[str, Any] | None = None) -> None:
        self._folder, self._configuration = folder, configuration or {}
        self._port = free_port("127.0.0.1")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns when it answers."""
        program = require_unpacked("prometheus", "usr/bin/prometheus")
        configuration = self._folder / "prometheus.yml"
        configuration.write_text(json.dumps(self._configuration))  # which is YAML, too
        with (self._folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                    "--web.enable-remote-write-receiver",
                ],
                stdout=log,
                stderr=log,
            )
        wait_until(self._ready, "Prometheus is ready")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def write(self, series: Iterable[Series]) -> None:
        """Keep all of it; the series with the oldest sample has to come first."""
        body = _snappy(b"".join(_field(1, _time_series(each)) for each in series))
        headers = {
            "Content-Encoding": "snappy",
            "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        }
        request = urllib.request.Request(f"{self.url}/api/v1/write", body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == http.client.NO_CONTENT

    def query(self, expression: str, at: int) -> list[Value] | None:
        """
        The value at a moment (Unix nanoseconds); a scalar has no labels.

        None where it has none, because the series that are there make it ambiguous.
        """
        asked = urllib.parse.urlencode({"query": expression, "time": f"{at / 1e9:.3f}"}).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query", asked, timeout=30) as answer:
                data = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code == http.client.UNPROCESSABLE_ENTITY:
                    return None
                raise ValueError(json.load(error)["error"]) from None
        if data["resultType"] == "scalar":
            return [Value({}, float(data["result"][1]))]
        return [Value(each["metric"], float(each["value"][1])) for each in data["result"]]

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "prometheus.log").read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return bool(answer.status == http.client.OK)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def _time_series(series: Series) -> bytes:
    """https://github.com/prometheus/prometheus/blob/v2.42.0/prompb/types.proto."""
    labels = (
        _field(1, name.encode()) + _field(2, value.encode())
        for name, value in sorted(series.labels.items())
    )
    samples = (
        b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(time // _MILLISECOND)
        for time, value in zip(series.times, series.values, strict=True)
    )
    return b"".join([_field(1, each) for each in labels] + [_field(2, each) for each in samples])


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def _snappy(content: bytes) -> bytes:
    """Snappy's block format, in which everything is a literal: not smaller, but readable."""
    blocks = (content[start : start + 0x10000] for start in range(0, len(content), 0x10000))
    literals = (b"\xf4" + struct.pack("<H", len(block) - 1) + block for block in blocks)
    return _varint(len(content)) + b"".join(literals)
