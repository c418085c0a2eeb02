"""inotify as the kernel has it: what it tells, and what happens where it tells nothing."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from agent.hints import Hints
from tests.support.components import ROOT, missing, require_program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux")


def run(work: Callable[[Hints], Awaitable[None]], most_watches: int = 100) -> None:
    async def main() -> None:
        hints = Hints(most_watches)
        try:
            await work(hints)
        finally:
            hints.close()

    asyncio.run(main())


async def told(hints: Hints) -> set[str] | None:
    """What is taken once something is told, as the agent does it."""
    async with asyncio.timeout(30):
        await hints.wait(asyncio.Event(), 60)
    return hints.take()


async def told_of(hints: Hints, path: Path) -> None:
    """Take until a folder is among it: a deletion is told by itself and by the folder above."""
    async with asyncio.timeout(30):
        while str(path) not in (await told(hints) or ()):
            pass


async def begin(hints: Hints, *folders: Path) -> None:
    hints.watch(map(str, folders))
    assert await told(hints) == set(map(str, folders))


def watches() -> float | None:
    return REGISTRY.get_sample_value("clew_agent_inotify_watches")


def failures(reason: str) -> float:
    name = "clew_agent_inotify_failures_total"
    return REGISTRY.get_sample_value(name, {"reason": reason}) or 0.0


def test_a_folder_counts_as_changed_when_it_is_first_watched(tmp_path: Path):
    """Something may have come between its listing and the watch."""

    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path)
        hints.watch([str(tmp_path)])
        assert not hints.changed.is_set()
        assert hints.take() == set()

    run(work)


def test_a_new_file_a_rename_and_a_deletion_are_told(tmp_path: Path):
    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path)
        live, rotated = tmp_path / "0.log", tmp_path / "0.log.20230129-134640"
        for change in (live.touch, lambda: live.rename(rotated), rotated.unlink):
            change()
            assert await told(hints) == {str(tmp_path)}

    run(work)


def test_before_anything_is_watched_everything_may_have_changed(tmp_path: Path):
    async def work(hints: Hints) -> None:
        assert hints.take() is None
        await begin(hints, tmp_path)

    run(work)


def test_what_is_written_is_not_told(tmp_path: Path):
    """Or a busy container would wake the agent with every line."""
    log, other = tmp_path / "a" / "0.log", tmp_path / "b"
    log.parent.mkdir()
    other.mkdir()
    log.touch()

    async def work(hints: Hints) -> None:
        await begin(hints, log.parent, other)
        log.write_bytes(b"line\n")
        (other / "0.log").touch()
        assert await told(hints) == {str(other)}

    run(work)


def test_the_folders_of_a_new_pod_are_watched_before_anybody_looks(tmp_path: Path):
    """Also those that were made before their pod's folder was watched."""
    container = tmp_path / "shop_cart-0_1" / "cart"

    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path)
        container.mkdir(parents=True)
        await told_of(hints, container)
        assert watches() == 3
        (container / "0.log").touch()
        await told_of(hints, container)

    run(work)


def test_trees_within_a_folder_of_logs_are_not_watched(tmp_path: Path):
    """A task of Mesos unpacks whatever it likes into its sandbox."""

    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path)
        (tmp_path / "a" / "b" / "c" / "d").mkdir(parents=True)
        await told_of(hints, tmp_path / "a" / "b")
        assert watches() == 3

    run(work)


def test_a_folder_that_is_gone_is_watched_no_longer_and_one_that_comes_back_is(tmp_path: Path):
    pod = tmp_path / "pod"
    pod.mkdir()

    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path, pod)
        pod.rmdir()
        await told_of(hints, pod)
        pod.mkdir()
        await told_of(hints, pod)
        (pod / "0.log").touch()
        await told_of(hints, pod)
        assert watches() == 2
        hints.watch([str(tmp_path)])
        assert watches() == 1

    run(work)


def test_a_folder_that_was_moved_away_is_not_taken_for_the_one_that_came_after(tmp_path: Path):
    pod, elsewhere = tmp_path / "pod", tmp_path / "elsewhere"
    (pod / "cart").mkdir(parents=True)
    elsewhere.mkdir()

    async def work(hints: Hints) -> None:
        await begin(hints, pod, pod / "cart")  # not what is above: nobody else tells of the move
        pod.rename(elsewhere / "pod")
        assert await told(hints) == {str(pod)}
        assert watches() == 0
        (pod / "cart").mkdir(parents=True)
        await begin(hints, pod, pod / "cart")
        (pod / "cart" / "0.log").touch()
        assert await told(hints) == {str(pod / "cart")}

    run(work)


def test_a_folder_with_two_names_is_told_by_both(tmp_path: Path):
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)

    async def work(hints: Hints) -> None:
        await begin(hints, folder, link)
        (folder / "0.log").touch()
        assert await told(hints) == {str(folder), str(link)}
        hints.watch([str(link)])
        (folder / "1.log").touch()
        assert await told(hints) == {str(link)}

    run(work)


def test_a_folder_that_is_gone_before_it_is_watched_is_no_failure(tmp_path: Path):
    async def work(hints: Hints) -> None:
        hints.watch([str(tmp_path / "gone"), str(tmp_path)])
        assert await told(hints) == {str(tmp_path)}
        hints.watch([str(tmp_path / "gone"), str(tmp_path)])
        assert hints.take() == set()

    run(work)


def test_a_file_system_without_events_is_watched_in_vain():
    """procfs tells nothing of new processes: whoever only waited for hints would never look."""

    async def work(hints: Hints) -> None:
        await begin(hints, Path("/proc"))
        child = await asyncio.create_subprocess_exec("true")
        await child.wait()
        hints.watch(["/proc"])
        assert hints.take() == set()

    run(work)


def test_ten_thousand_files_at_once_are_one_changed_folder(tmp_path: Path):
    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path)
        for n in range(10_000):
            os.close(os.open(tmp_path / f"{n}.log", os.O_CREAT, 0o600))
        before = failures("overflow")
        assert await told(hints) == {str(tmp_path)}
        assert failures("overflow") == before

    run(work)


def test_after_dropped_events_every_folder_may_have_changed(tmp_path: Path):
    """And folders are watched again: the event that told of another one may be lost too."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 100_000:
        pytest.skip(f"fs.inotify.max_queued_events is {limit}: it would take too long")
    pod, log = tmp_path / "pod", tmp_path / "0.log"
    pod.mkdir()

    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path, pod)
        before = failures("overflow")
        for _ in range(limit // 2 + 1):  # in turn: neighbours that are equal become one event
            os.close(os.open(log, os.O_CREAT, 0o600))
            log.unlink()
        pod.rmdir()
        pod.mkdir()
        while await told(hints) is not None:  # those that were kept come first
            pass
        assert failures("overflow") == before + 1
        hints.watch(map(str, (tmp_path, pod)))
        await told(hints)
        (pod / "0.log").touch()
        await told_of(hints, pod)

    run(work)


def test_beyond_its_own_share_of_watches_everything_is_listed(tmp_path: Path):
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()

    async def work(hints: Hints) -> None:
        before = failures("watches")
        hints.watch(map(str, folders))
        assert await told(hints) is None
        hints.watch(map(str, folders))
        assert hints.take() is None
        assert failures("watches") == before + 1  # said once, not with every look
        assert watches() == 2
        hints.watch(map(str, folders[1:]))
        assert hints.take() == {str(folders[2])}

    run(work, most_watches=2)


@contextmanager
def no_more_files() -> Iterator[None]:
    """This process can open none beyond those it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_an_instance_everything_is_listed_until_there_is_one(tmp_path: Path):
    async def work(hints: Hints) -> None:
        before = failures("instances")
        with no_more_files():
            hints.watch([str(tmp_path)])
            hints.watch([str(tmp_path)])
            assert hints.take() is None
        assert failures("instances") == before + 1
        await begin(hints, tmp_path)
        (tmp_path / "0.log").touch()
        assert await told(hints) == {str(tmp_path)}

    run(work)


def test_who_waits_for_a_change_is_woken_by_a_stop_and_by_the_interval_too(tmp_path: Path):
    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path)
        stop = asyncio.Event()
        async with asyncio.timeout(30):
            await hints.wait(stop, 0.001)
            assert not hints.changed.is_set()
            asyncio.get_running_loop().call_soon(stop.set)
            await hints.wait(stop, 3600)

    run(work)


def test_a_closed_one_watches_nothing(tmp_path: Path):
    """The last look of an agent that stops may come after it."""

    async def work(hints: Hints) -> None:
        await begin(hints, tmp_path)
        hints.close()
        hints.watch([str(tmp_path)])
        assert watches() == 0

    run(work)


_AT_THE_LIMIT = """
import asyncio, sys
from prometheus_client import REGISTRY
from agent.hints import Hints

async def main():
    hints = Hints()
    hints.watch(sys.argv[2:])
    name = "clew_agent_inotify_failures_total"
    assert REGISTRY.get_sample_value(name, {"reason": sys.argv[1]}) == 1
    assert hints.take() is None
    print(REGISTRY.get_sample_value("clew_agent_inotify_watches"))

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("limit", "most", "reason", "watched"),
    [("watches", 2, "watches", "2.0"), ("instances", 0, "instances", "0.0")],
)
def test_at_the_users_limit_the_rest_is_found_by_looking(
    tmp_path: Path, limit: str, most: int, reason: str, watched: str
):
    """The kernel's own refusal, for which a user namespace has limits of its own."""
    unshare = require_program("unshare", "unshare")
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    script = f'echo {most} > /proc/sys/user/max_inotify_{limit} || exit 77; exec "$@"'
    python = [sys.executable, "-c", _AT_THE_LIMIT, reason, *map(str, folders)]
    done = subprocess.run(
        [unshare, "-U", "-r", "sh", "-c", script, "sh", *python],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        missing("a user namespace of our own", f"allow them to this user: {done.stderr.strip()}")
    assert (done.returncode, done.stdout.strip()) == (0, watched), done.stderr
