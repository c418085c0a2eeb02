from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agent.redaction.key import KEY_BYTES, NAME, keep_key, read_key
from clew.runtime.errors import ConfigError, CorruptionError


def test_a_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path):
    key = keep_key(tmp_path)
    assert len(key) == KEY_BYTES
    assert keep_key(tmp_path) == key
    assert [file.name for file in tmp_path.iterdir()] == [NAME]
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_two_nodes_have_different_keys(tmp_path: Path):
    for node in ("a", "b"):
        (tmp_path / node).mkdir()
    assert keep_key(tmp_path / "a") != keep_key(tmp_path / "b")


def test_what_a_crash_left_of_a_new_key_is_no_key(tmp_path: Path):
    (tmp_path / f"{NAME}.new").write_bytes(b"0123")
    assert len(keep_key(tmp_path)) == KEY_BYTES
    assert not (tmp_path / f"{NAME}.new").exists()


@pytest.mark.parametrize("content", [b"", b"abcd\n", b"no hexadecimal digits", b"\xff" * 64])
def test_a_damaged_key_is_never_replaced_in_silence(tmp_path: Path, content: bytes):
    """What is stored already has the tokens of the old one."""
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(CorruptionError):
        keep_key(tmp_path)
    assert (tmp_path / NAME).read_bytes() == content


def test_a_configured_key_is_one_without_the_white_space_around_it(tmp_path: Path):
    file = tmp_path / "key"
    file.write_text("a key that a cluster shares\n")
    key = read_key(file)
    file.write_text("  a key that a cluster shares")
    assert read_key(file) == key
    assert len(key) <= 64


@pytest.mark.parametrize("content", [None, b"", b"0123456789abcde\n"])
def test_a_key_that_is_too_short_or_missing_is_a_mistake(tmp_path: Path, content: bytes | None):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match="key_file"):
        read_key(file)
