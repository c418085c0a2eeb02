from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import NoReturn

import pytest
from msgspec import UNSET

from clew.runtime.errors import ClewError
from clew.runtime.telemetry import MOST_REPEATED, EcsFormatter, Repeated, configure_logging
from clew.schema.record import Record, decode_canonical
from tests.support.set_clock import SetClock
from tests.support.strict_json import load_strictly


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(said: io.StringIO) -> Iterator[logging.Logger]:
    """A logger that writes into `said` as our processes write."""
    handler = logging.StreamHandler(said)
    handler.setFormatter(EcsFormatter("clew-agent"))
    logger = logging.getLogger("clew.test")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    logger.propagate = True


def records(said: io.StringIO) -> list[Record]:
    """What was said; every line of it has to be canonical."""
    lines = said.getvalue().encode().splitlines()
    decoded = [decode_canonical(line) for line in lines]
    assert all(load_strictly(line) for line in lines)
    assert None not in decoded, lines
    return [record for record in decoded if record is not None]


def fail(error: Exception) -> NoReturn:
    raise error


def test_a_line_of_our_own_is_canonical(logger: logging.Logger, said: io.StringIO):
    logger.warning("%d lines", 3, extra={"file": 7, "folder": "/var/log"})
    [record] = records(said)
    assert record.message == "3 lines"
    assert record.level == "warning"
    assert record.service == "clew-agent"
    assert record.logger == "clew.test"
    assert record.labels == {"file": "7", "folder": "/var/log"}
    assert str(record.timestamp).endswith("Z")


def test_what_only_repeats_the_message_is_left_out(logger: logging.Logger, said: io.StringIO):
    """uvicorn's message in colours is no label."""
    logger.info("started", extra={"color_message": "\x1b[1mstarted\x1b[0m"})
    [record] = records(said)
    assert (record.message, record.labels) == ("started", UNSET)


def test_an_exception_has_fields_of_its_own(logger: logging.Logger, said: io.StringIO):
    try:
        fail(OSError(28, "No space left"))
    except OSError:
        logger.exception("can't write")
    [record] = records(said)
    assert record.error_type == "OSError"
    assert record.error_message == "[Errno 28] No space left"
    assert str(record.stack_trace).startswith("Traceback (most recent call last):\n")


@pytest.mark.parametrize(
    "text", ['"quoted"', "two\nlines", "\0\x1b[31m", "caf\udce9.log", "\\u0022", "x" * 100_000]
)
def test_no_text_breaks_a_line(logger: logging.Logger, said: io.StringIO, text: str):
    """A path that is not UTF-8 has surrogates in it, and is what a message is about."""
    try:
        fail(ValueError(text))
    except ValueError:
        logger.exception("read %s", text, extra={"path": text})
    [record] = records(said)
    assert str(record.message).startswith("read ")
    assert record.error_message is not UNSET
    assert record.labels is not UNSET


def test_all_logs_of_a_process_go_to_one_stream(root: logging.Logger, said: io.StringIO):
    """At the level asked for; libraries that tell about every request are kept quiet."""
    configure_logging("clew-query", "debug", said)
    logging.getLogger("any.library").debug("deep")
    logging.getLogger("aiohttp.access").info("GET /")
    assert [record.message for record in records(said)] == ["deep"]
    assert root.level == logging.DEBUG


def test_the_level_comes_from_the_environment(
    root: logging.Logger, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CLEW_LOG_LEVEL", "error")
    configure_logging("clew-query", stream=said)
    assert root.level == logging.ERROR
    monkeypatch.setenv("CLEW_LOG_LEVEL", "loud")
    with pytest.raises(ClewError, match=r"\$CLEW_LOG_LEVEL: 'loud' is no level"):
        configure_logging("clew-query", stream=said)


def test_a_failure_that_repeats_is_said_once_an_interval(logger: logging.Logger, said: io.StringIO):
    """With how often it came meanwhile; and at once when its text changes."""
    clock = SetClock()
    repeated = Repeated(logger, interval_seconds=30, clock=clock)
    for _ in range(5):
        repeated.warn("store", "no room")
        clock.advance(1)
    repeated.warn("other", "no way")
    repeated.warn("store", "no shard")
    clock.advance(30)
    repeated.warn("store", "no shard")
    repeated.warn("store", "no shard")
    clock.advance(30)
    repeated.warn("store", "no shard")
    assert [record.message for record in records(said)] == [
        "no room",
        "no way",
        "no shard",
        "no shard",
        "no shard (and 1 times before)",
    ]


def test_the_end_of_a_failure_is_said_once(logger: logging.Logger, said: io.StringIO):
    repeated = Repeated(logger, clock=SetClock())
    repeated.clear("store", "the store is back")
    repeated.warn("store", "no room")
    repeated.clear("store", "the store is back")
    repeated.clear("store", "the store is back")
    repeated.warn("store", "no room")
    assert [record.message for record in records(said)] == [
        "no room",
        "the store is back",
        "no room",
    ]


def test_failures_that_nobody_ends_are_forgotten(logger: logging.Logger, said: io.StringIO):
    """Of many, the one that was said longest ago first: it is said anew when it comes again."""
    repeated = Repeated(logger, clock=SetClock())
    for number in range(MOST_REPEATED + 1):
        repeated.warn(f"unreadable {number}", "gone")
    before = len(records(said))
    for number in (MOST_REPEATED, 0):
        repeated.warn(f"unreadable {number}", "gone")
    assert len(records(said)) - before == 1
