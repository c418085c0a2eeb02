from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clew.runtime.errors import ClewError
from clew.runtime.folder_lock import FolderLock

HOLDER = """
import sys
from pathlib import Path
from clew.runtime.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]), "agent")
print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_is_told_who_has_it(tmp_path: Path):
    folder = tmp_path / "new" / "data"
    with FolderLock(folder, "agent"), pytest.raises(ClewError) as caught:
        FolderLock(folder, "agent")
    assert str(caught.value) == (
        f"{folder} is in use by the agent that runs as process {os.getpid()}; stop it, or choose "
        "another folder"
    )


def test_a_folder_that_was_given_back_can_be_taken(tmp_path: Path):
    for _ in range(2):
        FolderLock(tmp_path, "agent").close()


def test_a_holder_that_was_killed_leaves_nothing_to_clean_up(tmp_path: Path):
    argv = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ClewError, match=f"runs as process {holder.pid};"):
            FolderLock(tmp_path, "agent")
        holder.kill()
        holder.wait()
        with FolderLock(tmp_path, "agent"):
            assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_children_do_not_hold_it_on(tmp_path: Path):
    """A lock is this process' own: what it starts may live longer."""
    lock = FolderLock(tmp_path, "agent")
    argv = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        lock.close()
        FolderLock(tmp_path, "agent").close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ClewError, match=f"can't write to {tmp_path}/file/data: Not a directory"):
        FolderLock(tmp_path / "file" / "data", "agent")
