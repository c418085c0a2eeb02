"""What the embedded store says of a disk that does not serve it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clew.store.embedded.faults import sentence

# As tantivy 0.26 says it when its worker met ENOSPC, and where the commit itself did.
KILLED = (
    "An error occurred in a thread: 'An index writer was killed.. A worker thread encountered an "
    "error (io::Error most likely) or panicked.'"
)
ENOSPC = "An IO error occurred: 'No space left on device (os error 28)'"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is a device without room on Linux only")
@pytest.mark.parametrize("fault", [KILLED, ENOSPC])
def test_a_full_disk_is_called_that(fault: str):
    """Whatever tantivy makes of it, with the folder, and the same each time it is asked."""
    assert sentence(fault, Path("/proc")) == (
        "no space left on the device that holds /proc (less than 64 MiB are free)"
    )


def test_a_fault_of_a_disk_with_room_is_told_as_it_is(tmp_path):
    """A writer is also killed by a limit on files or a broken disk: no room is not the reason."""
    assert sentence(KILLED, tmp_path) == f"the index can't be written: {KILLED}"
    assert sentence(KILLED, tmp_path / "gone") == f"the index can't be written: {KILLED}"


def test_a_disk_that_says_it_is_full_is_believed(tmp_path):
    """A quota is full while the disk has room."""
    assert sentence(ENOSPC, tmp_path) == f"no space left on the device that holds {tmp_path}"
