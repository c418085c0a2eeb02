"""
nginx, really started in front of a service on loopback, for what its access log says.

A case's program is what people put into conf.d: it stands inside of `http { }`. What is around it
here are the folders that nginx writes to.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.support.components import require_unpacked
from tests.support.libraries.case import Case
from tests.support.libraries.traffic import listens, send_requests, served
from tests.support.processes import wait_until

STOP_SECONDS = 20.0

_AROUND = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{ }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/conf.d/*.conf;
}}
"""


def run(case: Case) -> bytes:
    """What nginx prints over the requests of `traffic`, both streams in one."""
    return run_configuration((case.folder / case.program).read_text())


def run_configuration(configuration: str) -> bytes:
    """
    What nginx prints with this configuration inside of `http { }`.

    Raises AssertionError where it does not start, with what it says.
    """
    nginx = require_unpacked("nginx", "usr/sbin/nginx")
    with tempfile.TemporaryDirectory() as name, served() as ports:
        folder = Path(name)
        (folder / "conf.d").mkdir()
        (folder / "conf.d" / "shop.conf").write_text(ports.put_into(configuration))
        (folder / "nginx.conf").write_text(_around(folder))
        with (folder / "output").open("ab") as output:
            process = subprocess.Popen(
                [nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"],
                stdout=output,
                stderr=output,
            )
        try:
            _wait_ready(process, ports.listen, folder / "output")
            send_requests(ports.listen)
        finally:
            process.send_signal(signal.SIGQUIT)  # it ends when all requests are done
            process.wait(STOP_SECONDS)
        return ports.take_out_of((folder / "output").read_bytes())


def _around(folder: Path) -> str:
    # Started by root its workers are somebody else, who may not enter the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    return user + _AROUND.format(folder=folder)


def _wait_ready(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    def ready() -> bool:
        assert process.poll() is None, output.read_text()
        return listens(port)

    wait_until(ready, "nginx listens")
