"""
The key that tokens are made with.

A node without a key file makes a key once and keeps it: tokens stay the same for as long as the
agent's data folder lives. It is complete before it gets its name, so a crash leaves a key or none,
never half of one. Who has the key can try out what a token stands for: only its owner reads it.
"""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from agent.durable import sync_folder
from clew.runtime.errors import ConfigError, CorruptionError, Problem

NAME = "redaction.key"
KEY_BYTES = 32
"""256 bits, which nobody tries out."""

SHORTEST_BYTES = 16
"""A key that somebody made up is refused below this: short ones can be tried out."""


def read_key(file: Path) -> bytes:
    """The key in a configured file, without the white space around it. Raises ConfigError."""
    try:
        content = file.read_bytes().strip()
    except OSError as error:
        raise ConfigError([Problem("redaction.key_file", f"can't be read: {error}")]) from error
    if len(content) < SHORTEST_BYTES:
        problem = f"{file} has {len(content)} bytes, at least {SHORTEST_BYTES} were expected"
        raise ConfigError([Problem("redaction.key_file", problem)])
    return blake2b(content).digest()


def keep_key(data: Path) -> bytes:
    """
    The key in the agent's data folder, made where there is none.

    Raises OSError, and CorruptionError where the file is not as it was written: a new key would
    silently part what is stored from what comes.
    """
    path = data / NAME
    if not path.exists():
        _create(path)
    content = path.read_bytes()
    try:
        key = bytes.fromhex(content.decode("ascii"))
    except ValueError as error:
        raise CorruptionError(str(path), 0, "hexadecimal digits were expected") from error
    if len(key) != KEY_BYTES:
        raise CorruptionError(str(path), 0, f"{KEY_BYTES} bytes were expected, not {len(key)}")
    return key


def _create(path: Path) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)  # a crash left it, perhaps half of it
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
