"""Certificates of a test's own, made by the openssl program."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from tests.support.components import require_program


class Authority:
    """A CA in a folder, and the certificates it signs."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._openssl = require_program("openssl", "openssl")
        self.file = folder / f"{name}.crt"
        self._folder, self._key = folder, folder / f"{name}.key"
        self._make(self.file, self._key, f"/CN={name}")

    def server(self, address: str) -> ssl.SSLContext:
        """For who serves at an IP address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(address, "/CN=server", f"IP:{address}"))
        return context

    def issue(self, name: str, subject: str, *known_as: str) -> tuple[Path, Path]:
        """The files of a certificate and its key; each of `known_as` is such as `DNS:a`."""
        certificate, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        signed: list[str | Path] = ["-CA", self.file, "-CAkey", self._key]
        names = ["-addext", f"subjectAltName={','.join(known_as)}"] if known_as else []
        self._make(certificate, key, subject, *signed, *names)
        return certificate, key

    def _make(self, certificate: Path, key: Path, subject: str, *more: str | Path) -> None:
        made: list[str | Path] = [
            "-out",
            certificate,
            "-keyout",
            key,
            "-noenc",
            "-days",
            "2",
            "-subj",
            subject,
        ]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        command: list[str | Path] = [self._openssl, "req", "-x509", *curve, *made, *more]
        subprocess.run(command, check=True, capture_output=True)
