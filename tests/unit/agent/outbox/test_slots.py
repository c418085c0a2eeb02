"""Slots: a batch is whole or was never there, and a slot is used again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.outbox.slots import Slots, Stored
from clew.runtime.errors import CorruptionError
from tests.support.bad_disk import fail_to_read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


def loaded(folder: Path) -> list[Stored]:
    return list(Slots(folder).load())


def test_nothing_at_first(folder: Path):
    assert loaded(folder) == []


def test_what_was_written_is_there(folder: Path):
    """Head and body come back as they were, the body only when it is asked for."""
    slots = Slots(folder)
    slots.write(7, b"head", b"body")
    slots.write(8, b"", b"")
    again = Slots(folder)
    assert list(again.load()) == [Stored(0, 7, b"head", 4), Stored(1, 8, b"", 0)]
    assert again.read_body(0, 7) == b"body"
    assert again.read_body(1, 8) == b""


def test_a_slot_is_used_again(folder: Path):
    """Also for a batch that is shorter than what stands there."""
    slots = Slots(folder)
    slots.write(1, b"a long head", b"a long body" * 100)
    slots.free(0)
    assert slots.write(2, b"head", b"body") == 0
    assert [path.name for path in folder.iterdir()] == ["0.slot"]
    assert loaded(folder) == [Stored(0, 2, b"head", 4)]


def test_a_freed_slot_keeps_its_batch_until_it_is_used(folder: Path):
    """What is freed only a checkpoint says; without one the batch is found again."""
    slots = Slots(folder)
    slots.write(1, b"head", b"body")
    slots.free(0)
    assert loaded(folder) == [Stored(0, 1, b"head", 4)]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut in the lengths": lambda data: data[:20],
    "cut in the body": lambda data: data[:-1],
    "a flipped bit": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "NULs": lambda data: bytes(len(data)),
    "another version": lambda data: data.replace(b"outbox 1", b"outbox 2"),
    "lengths of more than there is": lambda data: data[:22] + b"\xff\xff\xff\xff" + data[26:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_torn_slot(folder: Path, damage: Callable[[bytes], bytes]):
    """It counts as never written: its batch was not sent. The slot is free, others are whole."""
    slots = Slots(folder)
    slots.write(1, b"head", b"body")
    slots.write(2, b"head", b"body")
    path = folder / "0.slot"
    path.write_bytes(damage(path.read_bytes()))
    again = Slots(folder)
    assert [stored.number for stored in again.load()] == [2]
    assert again.write(3, b"", b"") == 0


def test_a_slot_that_is_damaged_later(folder: Path):
    """It is not sent as something else."""
    slots = Slots(folder)
    slots.write(1, b"head", b"body")
    path = folder / "0.slot"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(CorruptionError, match="checksum"):
        slots.read_body(0, 1)


def test_a_slot_that_has_another_batch_by_now(folder: Path):
    slots = Slots(folder)
    slots.write(1, b"head", b"body")
    with pytest.raises(CorruptionError, match="checksum"):
        slots.read_body(0, 2)


def test_a_slot_that_the_disk_does_not_give_back(folder: Path):
    """It is set aside, and stops no other: when it is loaded, and when its batch is to be sent."""
    slots = Slots(folder)
    for number in (1, 2):
        slots.write(number, b"head", b"body")
    fail_to_read(folder / "0.slot")
    again = Slots(folder)
    assert [stored.number for stored in again.load()] == [2]
    assert [path.name for path in sorted(folder.iterdir())] == ["0.damaged", "1.slot"]
    assert again.write(3, b"", b"") == 0
    assert [stored.number for stored in loaded(folder)] == [3, 2]
    fail_to_read(folder / "1.slot")
    with pytest.raises(CorruptionError, match="Input/output error"):
        again.read_body(1, 2)


def test_a_slot_that_can_not_be_written_is_not_the_only_one(folder: Path):
    """What is tried next is another one."""
    slots = Slots(folder)
    for number in (1, 2):
        slots.write(number, b"head", b"body")
    for slot in (0, 1):
        slots.free(slot)
    (folder / "1.slot").unlink()
    (folder / "1.slot").mkdir()
    with pytest.raises(IsADirectoryError):
        slots.write(3, b"head", b"body")
    assert slots.write(4, b"head", b"body") == 0


def test_a_folder_that_cannot_be_written(folder: Path):
    """Nothing was written, and later it is."""
    folder.write_text("in the way")
    slots = Slots(folder)
    with pytest.raises(OSError, match="exists"):
        slots.write(1, b"head", b"body")
    folder.unlink()
    slots.write(1, b"head", b"body")
    assert [stored.number for stored in loaded(folder)] == [1]


def test_other_files_are_left_alone(folder: Path):
    slots = Slots(folder)
    slots.write(1, b"head", b"body")
    (folder / "notes.txt").write_text("mine")
    (folder / "x.slot").write_text("mine too")
    assert [stored.slot for stored in loaded(folder)] == [0]
