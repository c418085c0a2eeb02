from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson
import pytest

from agent.sources.journald import (
    AGAIN_AFTER_SECONDS,
    SILENT_SECONDS,
    STALLED_SECONDS,
    STARTING_SECONDS,
    JournalFollower,
    JournalReading,
    matches_of,
)
from clew.schema.timestamps import SECOND
from clew.wire.batch import Container
from tests.support.journal import JournalTools, entry
from tests.support.processes import wait_until
from tests.support.set_clock import SetClock

NODE = Container("journal", "here", "", "journal", 0, "here", "")


@pytest.fixture(scope="module")
def tools() -> JournalTools:
    return JournalTools()


class Journal:
    """A folder of journals, and those who follow it."""

    def __init__(self, folder: Path, tools: JournalTools) -> None:
        self.folder, self._tools = folder / "journal", tools
        self.folder.mkdir()
        self.program = tools.wrapper(folder)
        self.clock = SetClock()
        self.followers: list[JournalFollower] = []

    def write(self, *entries: dict[str, str | bytes], file: str = "system") -> None:
        self._tools.write(self.folder / f"{file}.journal", *entries)

    def follow(self, cursor: str = "", matches: Sequence[str] = (), **more: str) -> JournalFollower:
        arguments = {"program": self.program} | more
        follower = JournalFollower(
            cursor,
            NODE,
            self.clock,
            matches=matches,
            directory=self.folder,
            **arguments,
        )
        self.followers.append(follower)
        return follower


@pytest.fixture
def journal(tmp_path: Path, tools: JournalTools) -> Iterator[Journal]:
    journal = Journal(tmp_path, tools)
    yield journal
    for follower in journal.followers:
        follower.close()


def until(follower: JournalFollower, said: int, stop: str = "") -> list[JournalReading]:
    """Readings, as they come, until they have so many lines."""
    readings: list[JournalReading] = []

    def enough() -> bool:
        reading = follower.read(stop)
        if reading is not None:
            readings.append(reading)
        return sum(len(each.lines.contents) for each in readings) >= said

    wait_until(enough, f"{said} lines of the journal")
    return readings


def messages(readings: list[JournalReading]) -> list[str]:
    return [orjson.loads(line)["message"] for each in readings for line in each.lines.contents]


def places(readings: list[JournalReading]) -> list[tuple[str, int]]:
    return [(each.generation, number) for each in readings for number in each.lines.offsets]


def test_entries_are_read_in_order_with_the_time_they_were_written(journal: Journal):
    journal.write(entry(1, "one"), entry(2, "two\nlines"), entry(3, b"three \xff"))
    readings = until(journal.follow(), 3)
    assert messages(readings) == ["one", "two\nlines", "three \\xff"]
    times = [time for each in readings for time in each.lines.times]
    assert times == [1_675_000_001_000_000_000 + n * 1_000_000_000 for n in range(3)]
    assert readings[0].start == readings[0].lines.offsets[0]
    assert readings[-1].end == readings[-1].lines.offsets[-1] + 1


def test_what_is_written_later_is_read_then(journal: Journal):
    """Until then there is nothing, and nobody waits."""
    journal.write(entry(1))
    follower = journal.follow()
    until(follower, 1)
    assert follower.read() is None
    journal.write(entry(2, "later"))
    assert messages(until(follower, 1)) == ["later"]


def test_after_a_restart_it_goes_on_behind_what_is_stored(journal: Journal):
    """Behind a cursor; what was read and not stored is read again, with the same places."""
    journal.write(*(entry(number) for number in range(1, 4)))
    follower = journal.follow()
    first = until(follower, 3)
    journal.write(entry(4), entry(5))
    lost = until(follower, 2)
    follower.close()
    readings = until(journal.follow(first[-1].cursor), 2)
    assert places(readings) == places(lost)
    assert not any(each.missed for each in readings)
    assert places(until(journal.follow(), 5)) == places(first) + places(lost)


def test_no_reading_goes_on_behind_the_entry_that_was_named(journal: Journal):
    journal.write(entry(1), entry(2))
    second = until(journal.follow(), 2)[-1].cursor
    journal.write(entry(3), entry(4))
    assert len(until(journal.follow(), 4)) == 1
    readings = until(journal.follow(), 4, second)
    expected = [["line 1", "line 2"], ["line 3", "line 4"]]
    assert [messages([each]) for each in readings] == expected


def test_what_was_not_sent_comes_again(journal: Journal):
    journal.write(entry(1), entry(2))
    follower = journal.follow()
    first = until(follower, 2)
    follower.put_back()
    assert follower.waiting
    assert places(until(follower, 2)) == places(first)


def vacuum(journal: Journal) -> str:
    """Entries that were read up to a cursor, its own among them, are deleted; others come."""
    journal.write(entry(1), entry(2), file="old")
    cursor = until(journal.follow(), 2)[-1].cursor
    (journal.folder / "old.journal").unlink()
    journal.write(entry(9, "after"), entry(10, "later"), file="new")
    return cursor


@pytest.mark.parametrize("matches", [[], ["_SYSTEMD_UNIT=kubelet.service"]])
def test_a_journal_that_was_vacuumed_is_read_on_and_that_is_said(
    journal: Journal, matches: list[str]
):
    """The entry of the cursor is gone, and who knows how many behind it."""
    readings = until(journal.follow(vacuum(journal), matches), 2)
    assert messages(readings) == ["after", "later"]
    assert [each.missed for each in readings] == [True]


def test_a_cursor_that_is_not_asked_for_any_more_is_no_loss(journal: Journal):
    """Other units were configured since: its entry is there, and does not come."""
    journal.write(entry(1, "by the kubelet"))
    [first] = until(journal.follow(), 1)
    journal.write(entry(2, "by containerd", "containerd.service"))
    asked = matches_of(["containerd"], kernel=False)
    [reading] = until(journal.follow(first.cursor, asked), 1)
    assert (messages([reading]), reading.missed) == (["by containerd"], False)


def test_what_is_deleted_while_nobody_reads_is_said(journal: Journal):
    """The child stood still meanwhile, and gives what it finds then."""
    journal.write(entry(1), file="old")
    follower = journal.follow()
    until(follower, 1)
    journal.clock.advance(STALLED_SECONDS)
    (journal.folder / "old.journal").unlink()
    journal.write(entry(9, "after"), file="new")
    [reading] = until(follower, 1)
    assert (messages([reading]), reading.missed) == (["after"], True)


def test_nothing_is_said_where_nothing_was_deleted_meanwhile(journal: Journal):
    journal.write(entry(1))
    follower = journal.follow()
    until(follower, 1)
    journal.clock.advance(STALLED_SECONDS)
    journal.write(entry(2, "after"))
    [reading] = until(follower, 1)
    assert (messages([reading]), reading.missed) == (["after"], False)


def test_an_entry_says_up_to_when_all_have_come_and_then_silence_does(journal: Journal):
    journal.write(entry(1))
    follower = journal.follow()
    [reading] = until(follower, 1)
    assert follower.given_up_to == reading.lines.times[-1]
    assert follower.read() is None
    assert follower.given_up_to == reading.lines.times[-1]
    journal.clock.advance(SILENT_SECONDS)
    assert follower.read() is None
    assert follower.given_up_to == journal.clock.now() - SILENT_SECONDS * SECOND


def test_a_child_that_has_given_nothing_is_believed_later(journal: Journal):
    """It may still be opening the journal."""
    journal.write(entry(1))
    follower = journal.follow(matches=["_SYSTEMD_UNIT=none.service"])
    assert follower.read() is None
    journal.clock.advance(SILENT_SECONDS)
    assert (follower.read(), follower.given_up_to) == (None, 0)
    journal.clock.advance(STARTING_SECONDS)
    assert follower.read() is None
    assert follower.given_up_to == journal.clock.now() - SILENT_SECONDS * SECOND


def test_a_cursor_that_is_none_is_given_up(journal: Journal):
    """All is read again: the places are the same, so nothing is stored twice."""
    journal.write(entry(1))
    follower = journal.follow("nonsense")

    def failed() -> bool:
        follower.read()
        return bool(follower.failure)

    wait_until(failed, "the journal can not be read")
    assert "cursor" in follower.failure
    journal.clock.advance(AGAIN_AFTER_SECONDS)
    [reading] = until(follower, 1)
    assert (messages([reading]), reading.missed) == (["line 1"], True)
    assert follower.failure == ""


def test_only_what_is_asked_for_is_read(journal: Journal):
    """Units, what systemd says of them, and the kernel."""
    journal.write(
        entry(1, "by the kubelet"),
        entry(2, "by a session", "session-1.scope"),
        entry(3, "by systemd", "init.scope", UNIT="kubelet.service", _PID="1"),
        entry(4, "by the kernel", "", _TRANSPORT="kernel"),
        entry(5, "by containerd", "containerd.service"),
    )
    asked = matches_of(["kubelet", "containerd.service"], kernel=True)
    found = messages(until(journal.follow(matches=asked), 4))
    assert found == ["by the kubelet", "by systemd", "by the kernel", "by containerd"]
    only = matches_of(["kubelet"], kernel=False)
    assert messages(until(journal.follow(matches=only), 2)) == ["by the kubelet", "by systemd"]
    assert matches_of([], kernel=True) == []


def test_a_series_of_numbers_is_a_generation_of_its_own(journal: Journal):
    """Two journals count each for itself, so their numbers may be the same."""
    journal.write(entry(1, "a"), entry(2, "b"), file="one")
    journal.write(entry(3, "c"), entry(4, "d"), file="two")
    readings = until(journal.follow(), 4)
    assert messages(readings) == ["a", "b", "c", "d"]
    assert len({each.generation for each in readings}) == 2
    assert len(set(places(readings))) == 4


def failing(journal: Journal, program: str) -> JournalFollower:
    follower = journal.follow(program=program)

    def failed() -> bool:
        assert follower.read() is None
        return bool(follower.failure)

    wait_until(failed, "the journal can not be read")
    return follower


def test_where_there_is_no_journalctl_that_is_said_and_tried_again(journal: Journal):
    journal.write(entry(1))
    follower = failing(journal, "/nonexistent/journalctl")
    assert "No such file or directory" in follower.failure
    follower._program = journal.program
    assert follower.read() is None  # not at once
    journal.clock.advance(AGAIN_AFTER_SECONDS)
    until(follower, 1)
    assert follower.failure == ""


def test_what_journalctl_says_when_it_fails_is_the_reason(journal: Journal, tmp_path: Path):
    program = tmp_path / "failing"
    program.write_text("#!/bin/sh\necho 'No journal files were opened' >&2\nexit 1\n")
    program.chmod(0o755)
    assert failing(journal, str(program)).failure == f"{program}: No journal files were opened"


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_a_child_that_ends_is_buried(journal: Journal, how: str):
    """Closed it is gone; killed by somebody else, another one goes on where it was."""
    journal.write(entry(1))
    follower = journal.follow()
    until(follower, 1)
    assert follower._child is not None
    child = follower._child.pid
    if how == "closed":
        follower.close()
    else:
        os.kill(child, 9)
        wait_until(ended(follower), "the child has ended")
        journal.clock.advance(AGAIN_AFTER_SECONDS)
        journal.write(entry(2, "after"))
        [reading] = until(follower, 1)
        assert (messages([reading]), reading.missed) == (["after"], False)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def ended(follower: JournalFollower) -> Callable[[], bool]:
    def look() -> bool:
        follower.read()
        return bool(follower.failure)

    return look
