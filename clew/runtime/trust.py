"""
Whom a process believes over TLS: the certificate authorities of its system.

aiohttp reads all of them whenever it is imported. That is a seventh of an agent's start and 2 MiB,
for agents of which few ever speak TLS: they import it without, and read them when they need them.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_FILE = "SSL_CERT_FILE"  # OpenSSL's own setting


@contextmanager
def no_authorities_yet() -> Iterator[None]:
    """
    What the block imports finds no authorities.

    Who then asks over https without `trust` is told that the certificate can't be verified.
    """
    before = os.environ.get(_FILE)
    os.environ[_FILE] = os.devnull
    try:
        yield
    finally:
        del os.environ[_FILE]
        if before is not None:
            os.environ[_FILE] = before


def trust(url: str) -> ssl.SSLContext | bool:
    """What aiohttp takes as `ssl` for a request to this address."""
    return system_trust() if url.startswith("https:") else True


@cache
def system_trust() -> ssl.SSLContext:
    """The system's authorities as they were when this was first asked."""
    return ssl.create_default_context()
