"""One request: to an address, in the name of a host, over TLS too."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from agent.delivery.answers import Failure, NotTakenError
from agent.delivery.endpoints import Endpoint
from agent.delivery.wire import Request, Wire
from clew.runtime.addresses import free_port, parse_origin
from clew.runtime.clock import SYSTEM_CLOCK
from clew.runtime.trust import system_trust
from tests.support.components import require_program

ADDRESS = "127.0.0.2"
ASK = Request("/v1/store", "", None, 10.0)


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Of a host that has this name, signed by itself; and its key."""
    openssl = require_program("openssl", "openssl")
    key, file = folder / "key.pem", folder / "certificate.pem"
    command: list[str | Path] = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
    ]
    command += ["-nodes", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run([*command, "-keyout", key, "-out", file], check=True, capture_output=True)
    return file, key


def asked(folder: Path, certified: str, url: str) -> tuple[str, str]:
    """The header Host that a server got, and what it answered."""
    file, key = certificate(folder, certified)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file, key)
    port = free_port(ADDRESS)
    hosts = []

    async def answer(request: web.Request) -> web.Response:
        hosts.append(request.host)
        return web.Response(text="well")

    async def run() -> str:
        app = web.Application()
        app.router.add_get("/behind/v1/store", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, ADDRESS, port, ssl_context=server).start()
        try:
            async with aiohttp.ClientSession() as session:
                endpoint = Endpoint(parse_origin(url.format(port=port)), ADDRESS)
                found = await Wire(session, "", SYSTEM_CLOCK).ask(endpoint, ASK)
                return found.body.decode()
        finally:
            await runner.cleanup()

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(file))  # the system's authorities
        system_trust.cache_clear()
        body = asyncio.run(run())
    system_trust.cache_clear()
    return hosts[0].rpartition(":")[0], body


def test_the_certificate_is_that_of_the_name_not_of_the_address(tmp_path: Path):
    found = asked(tmp_path, "collector.test", "https://collector.test:{port}/behind")
    assert found == ("collector.test", "well")


def test_a_certificate_of_another_name_is_refused(tmp_path: Path):
    with pytest.raises(NotTakenError, match=r"collector\.test"):
        asked(tmp_path, "another.test", "https://collector.test:{port}/behind")


def test_where_nobody_listens_nobody_is_reached():
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            endpoint = Endpoint(parse_origin(f"http://here:{free_port(ADDRESS)}"), ADDRESS)
            await Wire(session, "", SYSTEM_CLOCK).ask(endpoint, ASK)

    with pytest.raises(NotTakenError) as raised:
        asyncio.run(run())
    assert raised.value.failure is Failure.UNREACHABLE


def test_an_endpoint_is_named_by_what_it_was_found_under_and_its_address():
    assert Endpoint(parse_origin("http://c:1/x/"), "10.0.0.1").name == "http://c:1/x at 10.0.0.1"
    assert Endpoint(parse_origin("http://c:1/x/"), "fd00::1").url == "http://[fd00::1]:1/x"
    assert Endpoint(parse_origin("http://10.0.0.1:1"), "10.0.0.1").name == "http://10.0.0.1:1"
    assert Endpoint(parse_origin("http://[fd00::1]:1"), "fd00::1").host == "[fd00::1]:1"
