"""What an answer means, whatever it is."""

from __future__ import annotations

import pytest

from agent.delivery.answers import (
    LONGEST_RETRY_SECONDS,
    Failure,
    NotTakenError,
    Response,
    TooLargeError,
    judge_batch,
    judge_report,
    judge_samples,
    judge_store,
    parse_retry_after,
)
from clew.runtime.errors import PermanentError
from clew.wire.batch import Answer, PartAnswer, encode_answer
from tests.support.set_clock import SetClock

MENDED_OUTSIDE = [204, 302, 304, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504]


@pytest.mark.parametrize("status", MENDED_OUTSIDE)
def test_what_is_mended_outside_is_sent_again(status: int):
    with pytest.raises(NotTakenError, match=f"^{status}: "):
        judge_batch(Response(status, b"no"), 1)


@pytest.mark.parametrize("status", [400, 405, 415, 422])
def test_what_is_said_of_the_batch_is_for_ever(status: int):
    with pytest.raises(PermanentError, match=f"^{status}: no$"):
        judge_batch(Response(status, b"no"), 1)


def test_a_batch_that_is_too_large_is_told_from_one_that_will_never_do():
    with pytest.raises(TooLargeError):
        judge_batch(Response(413, b""), 1)


@pytest.mark.parametrize("status", [302, 304, 401, 405, 406, 409, 415, 500])
def test_scrapes_are_refused_only_by_what_is_about_them(status: int):
    """They are dropped then, and exist nowhere else."""
    with pytest.raises(NotTakenError):
        judge_samples(Response(status, b"no"), 1)
    for about_them in (400, 413):
        with pytest.raises(PermanentError):
            judge_samples(Response(about_them, b"no"), 1)


def test_another_version_is_tried_again_in_half_a_minute():
    """Somebody has to upgrade one of the two; nothing is given up meanwhile."""
    with pytest.raises(NotTakenError) as caught:
        judge_batch(Response(409, b"upgrade the collector"), 1)
    assert caught.value.failure is Failure.OTHER_VERSION
    assert caught.value.retry_after == 30.0


STORE = b'{"store":"one","wire":[%d,%d],"schema":[%d,%d]}'


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((1, 1, 1, 9), "batch in wire version 2, this collector reads 1: upgrade the collector"),
        ((3, 9, 1, 9), "batch in wire version 2, this collector reads 3 to 9: upgrade the agent"),
        ((1, 9, 2, 3), "records of schema 1, this collector reads 2 to 3: upgrade the agent"),
    ],
)
def test_a_collector_that_reads_other_versions_is_found_out_first(said: tuple[int, ...], told: str):
    """Before it gets anything: it says so where it says which store it keeps."""
    with pytest.raises(NotTakenError, match=told) as caught:
        judge_store(Response(200, STORE % said))
    assert caught.value.failure is Failure.OTHER_VERSION


@pytest.mark.parametrize("body", [STORE % (1, 9, 1, 9), b'{"store":"one"}'])
def test_a_collector_that_reads_what_is_written(body: bytes):
    """Or one that does not say."""
    assert judge_store(Response(200, body)) == "one"


def test_an_answer_to_another_batch_acknowledges_nothing():
    body = encode_answer(Answer([PartAnswer(7)], "one"))
    assert judge_batch(Response(200, body), 1).parts[0].acknowledged == 7
    with pytest.raises(NotTakenError):
        judge_batch(Response(200, body), 2)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b'{"store": 1}', b"[]"])
def test_a_page_of_a_proxy_is_no_answer(body: bytes):
    with pytest.raises(NotTakenError):
        judge_batch(Response(200, body), 0)
    with pytest.raises(NotTakenError):
        judge_store(Response(200, body))


def test_a_report_is_never_refused_for_ever():
    judge_report(Response(204, b""))
    with pytest.raises(NotTakenError):
        judge_report(Response(400, b"no"))


@pytest.mark.parametrize(
    ("status", "retry_after", "failure"),
    [
        (429, None, Failure.BUSY),
        (429, 3.0, Failure.BUSY),
        (503, 3.0, Failure.BUSY),
        (503, None, Failure.FAILED),
        (500, 3.0, Failure.FAILED),
    ],
)
def test_busy_is_who_says_so(status: int, retry_after: float | None, failure: Failure):
    with pytest.raises(NotTakenError) as raised:
        judge_batch(Response(status, b"", retry_after), 1)
    assert (raised.value.failure, raised.value.retry_after) == (failure, retry_after)


def test_a_redirection_says_where_to():
    """It is not followed: somebody has to mend the configuration, and sees how."""
    with pytest.raises(NotTakenError, match="it is elsewhere \\(https://there/\\)"):
        judge_batch(Response(308, b"", None, "https://there/"), 1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("99999999999999999999999999", LONGEST_RETRY_SECONDS),
        ("Tue, 14 Nov 2023 12:00:30 GMT", 30.0),
        ("Tue, 14 Nov 2023 12:00:30 -0000", 30.0),
        ("Tue, 14 Nov 2023 11:00:00 GMT", 0.0),
        ("Tue, 14 Nov 2033 11:00:00 GMT", LONGEST_RETRY_SECONDS),
        ("Tue, 14 Nov 99999 11:00:00 GMT", None),
        ("1.5", None),
        ("-1", None),
        ("²", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_a_count_of_seconds_or_a_date(text: str, seconds: float | None):
    clock = SetClock(1_699_963_200_000_000_000)  # 2023-11-14T12:00:00Z
    assert parse_retry_after(text, clock) == seconds
