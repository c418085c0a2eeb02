"""The spool's promises one by one; tests/models/test_spool.py mixes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.spool.aside import DAMAGES_KEPT
from agent.spool.frames import HEAD_BYTES, encode_frame
from agent.spool.spool import SEGMENTS, FrameTooLargeError, Spool, SpoolLoss

LIMIT_BYTES = SEGMENTS * 100
FRAME = len(encode_frame(1, b"1" * 20))


class Losses(list[tuple[SpoolLoss, int, int]]):
    def note(self, loss: SpoolLoss, frames: int, size_bytes: int) -> None:
        self.append((loss, frames, size_bytes))


@pytest.fixture
def losses() -> Losses:
    return Losses()


def payloads(spool: Spool, limit: int = 10**6) -> list[bytes]:
    return [entry.payload for entry in spool.read(limit)]


def spool_of(folder: Path, losses: Losses, *contents: bytes) -> Spool:
    spool = Spool(folder, LIMIT_BYTES, losses.note)
    for content in contents:
        spool.append(1, content)
    return spool


def test_frames_come_in_order_until_they_are_acknowledged(tmp_path: Path, losses: Losses):
    spool = spool_of(tmp_path / "spool", losses, b"one", b"two", b"three")
    assert payloads(spool, 1) == [b"one"]
    first, second, _ = spool.read(10**6)
    assert (first.kind, second.payload) == (1, b"two")
    spool.acknowledge(second.place)
    assert payloads(spool) == [b"three"]
    assert spool.waiting_bytes == HEAD_BYTES + len(b"three")
    spool.close()
    again = Spool(tmp_path / "spool", LIMIT_BYTES, losses.note)
    assert payloads(again) == [b"three"]
    assert losses == []


def test_an_earlier_acknowledgement_takes_nothing_back(tmp_path: Path, losses: Losses):
    spool = spool_of(tmp_path, losses, b"one", b"two")
    one, two = spool.read(10**6)
    spool.acknowledge(two.place)
    spool.acknowledge(one.place)
    assert payloads(spool) == []
    spool.close()


def test_whole_segments_are_removed_when_they_are_acknowledged(tmp_path: Path, losses: Losses):
    spool = spool_of(tmp_path, losses, *[b"x" * 60] * 6)
    assert len(list(tmp_path.glob("*.segment"))) == 3
    spool.acknowledge(spool.read(10**6)[-1].place)
    assert list(tmp_path.glob("*.segment")) == []
    assert spool.waiting_bytes == 0
    spool.append(1, b"next")
    assert payloads(spool) == [b"next"]
    spool.close()


def test_when_it_is_full_the_oldest_segment_goes_and_is_counted(tmp_path: Path, losses: Losses):
    contents = [b"%020d" % number for number in range(LIMIT_BYTES // FRAME + 1)]
    spool = spool_of(tmp_path, losses, *contents)
    [(loss, frames, size)] = losses
    assert (loss, size) == (SpoolLoss.FULL, frames * FRAME)
    assert payloads(spool) == contents[frames:]
    spool.close()


def test_what_was_acknowledged_is_no_loss_when_its_segment_goes(tmp_path: Path, losses: Losses):
    contents = [b"%020d" % number for number in range(LIMIT_BYTES // FRAME)]
    spool = spool_of(tmp_path, losses, *contents)
    spool.acknowledge(spool.read(1)[0].place)
    spool.append(1, b"1" * 20)
    assert losses == [(SpoolLoss.FULL, 3, 3 * FRAME)]
    spool.close()


def test_a_frame_that_is_larger_than_half_the_spool_is_refused(tmp_path: Path, losses: Losses):
    """It would throw out nearly all that waits."""
    spool = spool_of(tmp_path, losses, b"one")
    with pytest.raises(FrameTooLargeError):
        spool.append(1, b"x" * (LIMIT_BYTES // 2))
    assert payloads(spool) == [b"one"]
    spool.close()


def only_segment(folder: Path) -> Path:
    [segment] = folder.glob("*.segment")
    return segment


def test_a_torn_tail_is_cut_off(tmp_path: Path, losses: Losses):
    """Its append never returned: nothing is lost, nothing is set aside."""
    spool_of(tmp_path, losses, b"one").close()
    segment = only_segment(tmp_path)
    whole = segment.read_bytes()
    for length in range(1, FRAME):
        segment.write_bytes(whole + encode_frame(1, b"1" * 20)[:length])
        spool = Spool(tmp_path, LIMIT_BYTES, losses.note)
        assert segment.read_bytes() == whole
        assert payloads(spool) == [b"one"]
    assert losses == []


def test_a_damaged_frame_is_set_aside_and_counted_once(tmp_path: Path, losses: Losses):
    spool = spool_of(tmp_path, losses, b"one", b"two", b"three")
    spool.close()
    segment = only_segment(tmp_path)
    content = segment.read_bytes()
    start = len(encode_frame(1, b"one"))
    damaged = encode_frame(1, b"two").replace(b"two", b"tw0")
    segment.write_bytes(content.replace(b"two", b"tw0"))
    for _ in range(2):
        assert payloads(Spool(tmp_path, LIMIT_BYTES, losses.note)) == [b"one", b"three"]
    assert losses == [(SpoolLoss.DAMAGED, 1, len(damaged))]
    assert (tmp_path / f"{segment.stem}-{start}.damaged").read_bytes() == damaged


@pytest.mark.parametrize("place", range(HEAD_BYTES))
def test_a_head_that_lies_costs_its_own_frame_only(tmp_path: Path, losses: Losses, place: int):
    """Mark, length, checksum or kind: the next frame is found behind it."""
    spool_of(tmp_path, losses, b"one", b"two", b"three").close()
    segment = only_segment(tmp_path)
    content = bytearray(segment.read_bytes())
    content[len(encode_frame(1, b"one")) + place] ^= 0xFF
    segment.write_bytes(content)
    assert payloads(Spool(tmp_path, LIMIT_BYTES, losses.note)) == [b"one", b"three"]
    assert [loss for loss, *_ in losses] == [SpoolLoss.DAMAGED]


def test_what_is_set_aside_is_bounded(tmp_path: Path, losses: Losses):
    spool = spool_of(tmp_path, losses, *[b"x" * 90] * (2 * DAMAGES_KEPT))
    for segment in tmp_path.glob("*.segment"):
        segment.write_bytes(segment.read_bytes().replace(b"xx", b"xy", 1))
    assert payloads(spool) == []
    assert len(losses) == 2 * DAMAGES_KEPT
    assert len(list(tmp_path.glob("*.damaged"))) == DAMAGES_KEPT
    spool.close()


def test_a_segment_that_somebody_removed_is_counted(tmp_path: Path, losses: Losses):
    spool = spool_of(tmp_path, losses, b"x" * 90, b"two")
    min(tmp_path.glob("*.segment")).unlink()
    assert payloads(spool) == [b"two"]
    assert [loss for loss, *_ in losses] == [SpoolLoss.DAMAGED]
    spool.close()


@pytest.mark.parametrize("content", [b"", b"clew-spool 1 ", b"\0" * 50])
def test_a_position_that_is_no_more_is_told_and_all_comes_again(
    tmp_path: Path, losses: Losses, content: bytes
):
    spool = spool_of(tmp_path, losses, b"one", b"two")
    spool.acknowledge(spool.read(1)[0].place)
    spool.close()
    (tmp_path / "position").write_bytes(content)
    again = Spool(tmp_path, LIMIT_BYTES, losses.note)
    assert again.position_damage is not None
    assert payloads(again) == [b"one", b"two"]
