from __future__ import annotations

from typing import Any

import pytest

from agent.shedding.quantities import format_duration, parse_duration, parse_share
from clew.schema.sizes import MOST_BYTES, parse_size


@pytest.mark.parametrize(
    ("found", "size"),
    [
        (1, 1),
        ("4096", 4096),
        ("64KiB", 65_536),
        ("64 kib", 65_536),
        ("10Mi", 10 * 2**20),  # as Kubernetes writes it
        ("1.5 GiB", 3 * 2**29),
        ("2GB", 2_000_000_000),
        ("1TiB", 2**40),
        ("1B", 1),
        ("9007199254740993", 2**53 + 1),
    ],
)
def test_sizes(found: Any, size: int):
    assert parse_size(found) == size


@pytest.mark.parametrize(
    "found",
    ["", "0", 0, -1, "-1", "much", "10MiB or so", "5m", "1e3", True, None, 1.5, "1.2.3MiB", "9EiB"],
)
def test_what_is_no_size(found: Any):
    """Letters that may mean a thousand or a million are asked about, not guessed."""
    with pytest.raises(ValueError, match=r"^a size "):
        parse_size(found)


def test_a_size_has_64_bits():
    with pytest.raises(ValueError, match="less than 8 EiB"):
        parse_size(MOST_BYTES + 1)


@pytest.mark.parametrize(
    ("found", "seconds"),
    [("30s", 30), ("2m", 120), ("1h30m", 5400), ("500ms", 0.5), ("1.5h", 5400), ("1d", 86_400)],
)
def test_durations(found: str, seconds: float):
    assert parse_duration(found) == seconds
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize("found", ["", "30", 30, "0s", "-1s", "1 hour", "s", None])
def test_what_is_no_duration(found: Any):
    """A number alone is none: nobody can tell whether it was meant in seconds."""
    with pytest.raises(ValueError, match=r"^a duration "):
        parse_duration(found)


@pytest.mark.parametrize(
    ("found", "share"), [("50%", 0.5), ("12.5 %", 0.125), (0.5, 0.5), (1, 1.0), ("100%", 1.0)]
)
def test_shares(found: Any, share: float):
    assert parse_share(found) == share


@pytest.mark.parametrize("found", ["0%", 0, 1.5, "150%", "0.5", True, "", float("nan")])
def test_what_is_no_share(found: Any):
    with pytest.raises(ValueError, match=r"^a share "):
        parse_share(found)
