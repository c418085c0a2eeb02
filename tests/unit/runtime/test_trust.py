"""The system's authorities are read when somebody is asked over https, and not before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clew.runtime.trust import no_authorities_yet, trust
from tests.support.certificates import Authority

COUNT = """
import ssl
from clew.runtime.trust import no_authorities_yet, trust
with no_authorities_yet():
    during = ssl.create_default_context()
assert trust("http://here/") is True
print(len(during.get_ca_certs()), len(trust("https://here/").get_ca_certs()))
"""


def test_they_are_there_for_https_only(tmp_path: Path):
    """What is imported in the block sees none, what asks over https afterwards sees them all."""
    file = Authority(tmp_path).file
    environment = {**os.environ, "SSL_CERT_FILE": str(file), "SSL_CERT_DIR": str(tmp_path)}
    argv = [sys.executable, "-c", COUNT]
    told = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["0", "1"]


@pytest.mark.parametrize("before", [None, "/etc/ours.pem"])
def test_the_setting_is_as_before(before: str | None, monkeypatch: pytest.MonkeyPatch):
    """Also where the import fails."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if before:
        monkeypatch.setenv("SSL_CERT_FILE", before)
    with pytest.raises(ImportError), no_authorities_yet():
        raise ImportError
    assert os.environ.get("SSL_CERT_FILE") == before


def test_a_context_is_made_once():
    assert trust("https://a/") is trust("https://b/")
