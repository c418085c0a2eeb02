"""
What an answer of a collector means: the only place where it is judged.

What may help to send again is a TransientError, what never will a PermanentError. Lines that will
never do stay in their files, but scrapes are dropped: so of those an answer has to say clearly that
it is the collector's own, and about this body.

    200 and well-formed          taken
    429, 503 with Retry-After    busy: another collector now, this one later
    409                          another version than it reads: one of the two has to be upgraded
    401, 403, 404, 408, 3xx, 5xx mended outside, and then the same batch goes through
    400, 413, other 4xx          never, as it is
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TypeVar

import msgspec

from clew.runtime.clock import Clock
from clew.runtime.errors import PermanentError, TransientError
from clew.schema.record import SCHEMA_VERSION
from clew.schema.timestamps import SECOND
from clew.wire.batch import WIRE_VERSION, Answer, decode_answer
from clew.wire.envelope import VersionError, check_version
from clew.wire.samples import SampleAnswer, decode_sample_answer

_MENDED_OUTSIDE = frozenset({401, 403, 404, 408, 409, 429})
"""A wrong token, address or version is mended outside, and then the same batch goes through."""
OTHER_VERSION_SECONDS = 30.0
"""How long a collector of another version is left alone: it takes longer to upgrade one."""
_ABOUT_THE_BODY = frozenset({400, 413})
"""What else there is, a proxy says, or a collector of another version: it will be another one."""
_LOCATED = range(300, 400)
LONGEST_RETRY_SECONDS = 600.0
"""A collector that asks for more has made a mistake, or a proxy in between has."""

T = TypeVar("T")


class Failure(Enum):
    """Why a request was not taken this time."""

    BUSY = "busy"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    FAILED = "failed"
    OTHER_STORE = "other_store"
    OTHER_VERSION = "other_version"


class NotTakenError(TransientError):
    """A TransientError that says what it was."""

    def __init__(self, failure: Failure, message: str, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after)
        self.failure = failure


class TooLargeError(PermanentError):
    """413: half of it may do."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back for a body; `retry_after` in seconds, where the other side named a time."""

    status: int
    body: bytes
    retry_after: float | None = None
    location: str = ""


def judge_batch(response: Response, parts: int) -> Answer:
    """The answer to a batch of so many parts. Raises NotTakenError or PermanentError."""
    if response.status != 200:
        never = 400 <= response.status < 500 and response.status not in _MENDED_OUTSIDE
        raise _not_taken(response, never=never)
    answer = _decoded(response.body, decode_answer)
    if len(answer.parts) != parts:
        raise NotTakenError(Failure.FAILED, "an answer to another batch")
    return answer


def judge_samples(response: Response, scrapes: int) -> SampleAnswer:
    """As `judge_batch`, but PermanentError only for what a collector says of this body."""
    if response.status != 200:
        raise _not_taken(response, never=response.status in _ABOUT_THE_BODY)
    answer = _decoded(response.body, decode_sample_answer)
    counted = answer.existing >= 0 and answer.refused >= 0
    if not counted or not answer.existing + answer.refused <= answer.acknowledged <= scrapes:
        raise NotTakenError(Failure.FAILED, "an answer to another batch of samples")
    return answer


def judge_report(response: Response) -> None:
    """Raises NotTakenError: a report that is not taken is followed by another one."""
    if not 200 <= response.status < 300:
        raise _not_taken(response, never=False)


def judge_store(response: Response) -> str:
    """
    The identity of the store that a collector keeps.

    Raises NotTakenError, also where it reads other versions than this agent writes.
    """
    if response.status != 200:
        raise _not_taken(response, never=False)
    found = _decoded(response.body, _decode_store)
    try:
        _check_read("batch in wire version", WIRE_VERSION, found.wire)
        _check_read("batch with records of schema", SCHEMA_VERSION, found.schema)
    except VersionError as error:
        failure = Failure.OTHER_VERSION
        raise NotTakenError(failure, str(error), OTHER_VERSION_SECONDS) from error
    return found.store


def _check_read(what: str, version: int, read: tuple[int, int] | None) -> None:
    """Raises VersionError. A collector that does not say what it reads says so to each batch."""
    if read is not None:
        check_version(what, version, range(read[0], read[1] + 1))


def parse_retry_after(text: str, clock: Clock) -> float | None:
    """Seconds, out of a count of seconds or a date (RFC 9110, 10.2.3); None for what is neither."""
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:  # RFC 5322's -0000: no zone was told, and it is that of Greenwich
        moment = moment.replace(tzinfo=UTC)
    seconds = moment.timestamp() - clock.now() / SECOND
    return min(max(seconds, 0.0), LONGEST_RETRY_SECONDS)


class _Store(msgspec.Struct):
    """What a collector says of itself: its store, and the first and last versions it reads."""

    store: str
    wire: tuple[int, int] | None = None
    schema: tuple[int, int] | None = None


_decode_store = msgspec.json.Decoder(_Store).decode


def _decoded(body: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        return decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotTakenError(Failure.FAILED, f"not an answer of a collector: {error}") from error


def _not_taken(response: Response, *, never: bool) -> NotTakenError | PermanentError:
    """The error for a response that is not what was asked for: send the same again, or never."""
    detail = f"{response.status}: {response.body[:500].decode(errors='replace')}"
    if never:
        return TooLargeError(detail) if response.status == 413 else PermanentError(detail)
    if response.status == 409:
        seconds = max(response.retry_after or 0.0, OTHER_VERSION_SECONDS)
        return NotTakenError(Failure.OTHER_VERSION, detail, seconds)
    if response.status in _LOCATED:
        detail = f"{response.status}: it is elsewhere ({response.location or 'not said where'})"
    busy = response.status == 429 or (response.status == 503 and response.retry_after is not None)
    return NotTakenError(Failure.BUSY if busy else Failure.FAILED, detail, response.retry_after)
