"""What an agent remembers is whole or is not believed, whatever happened to the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.checkpoint import CheckpointFile, Progress, State
from agent.framing.joining import OpenLine, Position
from agent.ledger import Gap, GapReason, Ledger
from agent.sources.log_file import LogFile
from clew.wire.batch import Container
from tests.support.bad_disk import fail_to_read

CONTAINER = Container("shop", "cart-0", "0c1", "cart", 0, "node-a", "cart", "north")
FILE = LogFile("/pods/shop_cart-0_0c1/cart/0.log", CONTAINER, compressed=False)


def state(offset: int) -> State:
    """A state with something of everything in it, and told apart by its offset."""
    open_lines = {
        1: OpenLine(offset - 1, 2**62, 3, bytearray(b"half\xff\0"), 7, 8),
        0: OpenLine(5, 6, 1, bytearray()),
    }
    gap = Gap(FILE.container_key, FILE.path, 1, 2, GapReason.TRUNCATED)
    files = {
        "generation-a": Progress(FILE, Position(offset, 2**62, open_lines), 99),
        "generation-b": Progress(FILE, Position(offset), 99),
        "generation-c": Progress(FILE),
    }
    return State(files, Ledger(1, 2, 3, 4, 5, 6, 7, 8, [gap]), "a store", 12, [3, 11])


def loaded(folder: Path) -> State:
    state, damages = CheckpointFile(folder).load()
    assert damages == []
    return state


def test_nothing_is_remembered_at_first(tmp_path: Path):
    assert loaded(tmp_path) == State()


def test_round_trip(tmp_path: Path):
    """What is loaded is what was saved last."""
    checkpoint = CheckpointFile(tmp_path)
    for offset in (10, 20, 30):
        checkpoint.save(state(offset))
        assert loaded(tmp_path) == state(offset)


def test_gaps_of_an_older_checkpoint_have_no_time(tmp_path: Path):
    """A checkpoint from before gaps had a time is read as before."""
    CheckpointFile(tmp_path).save(state(10))
    _, body = (tmp_path / "checkpoint").read_bytes().split(b"\n", 1)
    older = body.replace(b',"time":0}]', b"}]")
    assert older != body
    head = b"clew-checkpoint 1 %08x\n" % zlib.crc32(older)
    (tmp_path / "checkpoint").write_bytes(head + older)
    assert loaded(tmp_path) == state(10)


def test_what_stands_in_the_file(tmp_path: Path):
    """One line says what it is and how to check it; the rest can be read with any tool."""
    CheckpointFile(tmp_path).save(state(10))
    head, body = (tmp_path / "checkpoint").read_bytes().split(b"\n", 1)
    assert head.startswith(b"clew-checkpoint 1 ")
    assert body.startswith(b'{"files":{"generation-a":{"file":{"path":"/pods/')


def _flip(data: bytes) -> bytes:
    return data[:-20] + bytes([data[-20] ^ 4]) + data[-19:]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a flipped bit": _flip,
    "another number": lambda data: data.replace(b'"lines_read":2', b'"lines_read":3'),
    "cut in the body": lambda data: data[:-1],
    "cut in the head": lambda data: data[:10],
    "empty": lambda _: b"",
    "NULs": lambda data: bytes(len(data)),
    "a tail of NULs": lambda data: data[:100] + bytes(len(data) - 100),
    "another version": lambda data: data.replace(b"clew-checkpoint 1", b"clew-checkpoint 2"),
    "whole, but no state": lambda _: b"clew-checkpoint 1 %08x\n[]" % zlib.crc32(b"[]"),
}
damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())


def damage_file(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))


@damages
def test_a_damaged_checkpoint(tmp_path: Path, damage: Callable[[bytes], bytes]):
    """The one before stands in for it, and the damage is said."""
    checkpoint = CheckpointFile(tmp_path)
    checkpoint.save(state(10))
    checkpoint.save(state(20))
    damage_file(tmp_path / "checkpoint", damage)
    found, errors = CheckpointFile(tmp_path).load()
    assert found == state(10)
    assert [error.path for error in errors] == [str(tmp_path / "checkpoint")]


@damages
def test_both_are_damaged(tmp_path: Path, damage: Callable[[bytes], bytes]):
    """The agent starts from the beginning, and both damages are said."""
    checkpoint = CheckpointFile(tmp_path)
    checkpoint.save(state(10))
    checkpoint.save(state(20))
    damage_file(tmp_path / "checkpoint", damage)
    damage_file(tmp_path / "checkpoint.previous", damage)
    found, errors = CheckpointFile(tmp_path).load()
    assert found == State()
    assert len(errors) == 2


def test_a_damaged_one_takes_no_good_ones_place(tmp_path: Path):
    """It is put aside: a crash in the next save must not leave it as the only one."""
    checkpoint = CheckpointFile(tmp_path)
    checkpoint.save(state(10))
    checkpoint.save(state(20))
    damage_file(tmp_path / "checkpoint", _flip)
    CheckpointFile(tmp_path).load()
    assert loaded(tmp_path) == state(10)
    CheckpointFile(tmp_path).save(state(30))
    assert loaded(tmp_path) == state(30)
    (tmp_path / "checkpoint").unlink()
    assert loaded(tmp_path) == state(10)
    assert (tmp_path / "checkpoint.damaged").exists()


def test_a_crash_between_the_renames(tmp_path: Path):
    """The previous one is found, and nothing is damaged."""
    checkpoint = CheckpointFile(tmp_path)
    checkpoint.save(state(10))
    (tmp_path / "checkpoint").rename(tmp_path / "checkpoint.previous")
    (tmp_path / "checkpoint.new").write_bytes(b"half of")
    assert loaded(tmp_path) == state(10)


def test_a_checkpoint_that_the_disk_does_not_give_back(tmp_path: Path):
    """That is damage as a wrong checksum is, and the one before is taken."""
    for offset in (10, 20):
        CheckpointFile(tmp_path).save(state(offset))
    fail_to_read(tmp_path / "checkpoint")
    found, (error,) = CheckpointFile(tmp_path).load()
    assert found == state(10)
    assert "Input/output error" in str(error)
    assert (tmp_path / "checkpoint.damaged").is_symlink()


def test_a_checkpoint_that_cannot_be_opened(tmp_path: Path):
    """That is no damage: starting from zero without a word would be wrong."""
    path = tmp_path / "checkpoint"
    path.symlink_to(path)
    with pytest.raises(OSError, match="symbolic links"):
        CheckpointFile(tmp_path).load()


def test_a_full_disk(tmp_path: Path):
    """Saving fails with an OSError, at whatever byte the space ends, and the old one stands."""
    CheckpointFile(tmp_path).save(state(10))
    size = (tmp_path / "checkpoint").stat().st_size
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from agent.checkpoint import CheckpointFile

        checkpoint = CheckpointFile(Path(sys.argv[1]))
        state, _ = checkpoint.load()
        state.files.clear()
        state.ledger.indexed = 17
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        failed = 0
        for limit in (0, 1, 30, 100):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                checkpoint.save(state)
            except OSError:
                failed += 1
        sys.exit(failed)
        """
    )
    run = subprocess.run([sys.executable, "-c", program, tmp_path], env=_environment(), check=False)
    assert run.returncode == 4
    assert size > 100
    assert loaded(tmp_path) == state(10)


def _environment() -> dict[str, str]:
    """Of a child that finds the code under test where this process finds it."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
