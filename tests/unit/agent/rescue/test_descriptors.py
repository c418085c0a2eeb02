"""Which files are open, and what becomes of those for which there are too few descriptors."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from agent.rescue.descriptors import LEAST_FILES, QUIET_SECONDS, SPARE, Descriptors
from agent.sweep import Sweeper
from tests.support.memory_collector import send_everything
from tests.support.node import Node


def open_files(sweeper: Sweeper) -> list[str]:
    followers = sweeper.watch.followers.values()
    return sorted(Path(each.file.path).parent.name for each in followers if each.opened)


def test_everything_new_is_open_after_the_look_that_finds_it(node: Node):
    for number in range(20):
        node.log(f"c{number}").write(b"one")
    sweeper = node.sweeper()
    sweeper.look()
    assert len(open_files(sweeper)) == sweeper.watch.descriptors.open == 20


def test_a_rotated_file_is_closed_when_it_is_read_and_quiet(node: Node):
    """And is opened again when something is written to it all the same."""
    log = node.log()
    log.write(b"one")
    rotated = log.rotate()
    log.write(b"two")
    sweeper = node.sweeper()
    sweeper.look()
    node.clock.advance(QUIET_SECONDS)
    sweeper.look()
    assert len(open_files(sweeper)) == 2  # it is quiet, and not read
    send_everything(sweeper, node.collector)
    sweeper.look()
    assert len(open_files(sweeper)) == 1
    with rotated.open("ab") as file:
        file.write(b"2023-01-29T13:46:40.0015Z stdout F late\n")
    sweeper.look()
    assert len(open_files(sweeper)) == 2


def test_a_rotated_file_is_open_again_after_a_start(node: Node):
    """It may have been renamed the moment before: what is written to it after that is not lost."""
    log = node.log()
    log.write(b"one")
    send_everything(node.sweeper(), node.collector)
    rotated = log.rotate()
    sweeper = node.sweeper()
    send_everything(sweeper, node.collector)
    with rotated.open("ab") as file:
        file.write(b"2023-01-29T13:46:40.0015Z stdout F late\n")
    rotated.unlink()
    send_everything(sweeper, node.collector)
    assert node.collector.texts() == ["one", "late"]


def test_the_longest_quiet_is_closed_for_a_new_one(node: Node):
    """If it is read to its end; a live file that grows is opened again."""
    logs = [node.log(name) for name in ("a", "b", "c")]
    sweeper = node.sweeper()
    sweeper.watch.descriptors.limit = 2
    for log in logs:
        log.write(b"one")
        send_everything(sweeper, node.collector)
        node.clock.advance(1.0)
    assert open_files(sweeper) == ["b", "c"]
    assert sweeper.watch.unreadable == {}
    logs[0].write(b"two")
    send_everything(sweeper, node.collector)
    assert open_files(sweeper) == ["a", "c"]
    assert len(node.collector.texts()) == 4


def test_a_file_for_which_none_is_left_is_unreadable_and_says_so(node: Node):
    """It is read later, when others are through: nothing of it is lost."""
    for name in ("a", "b", "c"):
        node.log(name).write(b"one")
    sweeper = node.sweeper()
    sweeper.watch.descriptors.limit = 2
    sweeper.look()
    ((path, why),) = sweeper.watch.unreadable.items()
    assert path.endswith("/c/0.log")
    assert why == "no descriptor is left for it: 2 files are open, of 2"
    for _ in range(2):
        send_everything(sweeper, node.collector)
    assert sweeper.watch.unreadable == {}
    assert len(node.collector.texts()) == 3
    assert len(open_files(sweeper)) == 2


def test_some_descriptors_are_left_for_the_rest_of_the_agent():
    assert Descriptors(10_000).limit == 10_000 - SPARE
    assert Descriptors(SPARE).limit == LEAST_FILES


PROGRAM = textwrap.dedent(
    """
    import resource
    from agent.rescue.descriptors import Descriptors, raise_descriptor_limit

    resource.setrlimit(resource.RLIMIT_NOFILE, (200, 1000))
    assert raise_descriptor_limit() == 1000
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1000, 1000)
    assert Descriptors().limit == 1000 - 128
    """
)


def test_the_limit_is_raised_as_far_as_it_goes():
    """From the soft one, which is for programs that use select, to the hard one."""
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", PROGRAM]
    run = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=False)
    assert run.returncode == 0
