"""
Where the services are, and which of them are in trouble: one small file that everybody reads.

The shop replaces it whenever a service starts anew or a fault comes or goes; services read it for
each call. A service that died keeps its last address, where nobody listens any more.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from clew.demo.files import replace_file

REGISTRY_FILE = "services.json"

SERVICES = ("gateway", "order", "stock", "payment", "shipping")
"""In the order in which a transaction meets them; they are stopped in this order too."""


class Registry(msgspec.Struct):
    addresses: dict[str, str] = {}  # service -> http://127.0.0.1:port
    faults: list[str] = []  # services in trouble


def read_registry(path: Path) -> Registry:
    return msgspec.json.decode(path.read_bytes(), type=Registry)


def write_registry(path: Path, registry: Registry) -> None:
    replace_file(path, msgspec.json.encode(registry))
