"""
To the collector and its answers back: batches of lines and of scrapes, and reports.

Only here an answer is judged: what may help to send again is a TransientError, what never will a
PermanentError. Lines that will never do stay in their files, but scrapes are dropped: so of those
an answer has to say clearly that it is the collector's own, and about this body.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import aiohttp
import msgspec

from clew.runtime.errors import PermanentError, TransientError
from clew.wire import batch, samples
from clew.wire.batch import Answer, decode_answer
from clew.wire.report import Report, encode_report
from clew.wire.samples import SampleAnswer, decode_sample_answer

GRACE_SECONDS = 5.0
"""How long after its deadline an answer may still be on the way."""

_MENDED_OUTSIDE = frozenset({401, 403, 404, 408, 429})
"""A wrong token or address is mended outside, and then the same batch goes through."""
_ABOUT_THE_BODY = frozenset({400, 413})
"""What else there is, a proxy says, or a collector of another version: it will be another one."""


class Delivery:
    """Sends to one collector. `session` is closed by whoever opened it."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, token: str, deadline_seconds: float
    ) -> None:
        self._session = session
        self._url, self._store_url = f"{url}/v1/batches", f"{url}/v1/store"
        self._samples_url, self._reports_url = f"{url}/v1/samples", f"{url}/v1/reports"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = aiohttp.ClientTimeout(total=deadline_seconds + GRACE_SECONDS)

    async def get_store(self) -> str:
        """The identity of the collector's store. Raises TransientError."""
        try:
            async with self._session.get(
                self._store_url, headers=self._headers, timeout=self._timeout
            ) as response:
                if response.status != 200:
                    detail = f"{response.status}: {(await response.text())[:500]}"
                    raise TransientError(f"{self._store_url}: {detail}", _retry_after(response))
                return str((await response.json())["store"])
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError) as error:
            raise _unreachable(self._store_url, error) from error

    async def send(self, body: bytes, parts: int) -> Answer:
        """
        The answer to a batch of so many parts.

        Raises TransientError where sending it again may help, PermanentError where the collector
        says that this batch will never do. When cancelled, it may or may not have been stored.
        """
        response, found = await self._post(self._url, batch.CONTENT_TYPE, body)
        if response.status != 200:
            never = response.status < 500 and response.status not in _MENDED_OUTSIDE
            raise _not_taken(response, found, never=never)
        answer = _decoded(found, decode_answer)
        if len(answer.parts) != parts:
            raise TransientError("an answer to another batch")
        return answer

    async def send_samples(self, body: bytes, scrapes: int) -> SampleAnswer:
        """
        The answer to a batch of so many scrapes.

        Raises what `send` does, but PermanentError only for what a collector says of this body.
        """
        response, found = await self._post(self._samples_url, samples.CONTENT_TYPE, body)
        if response.status != 200:
            # A redirection may have made a GET of it, and then the answer is about that.
            never = response.status in _ABOUT_THE_BODY and response.method == "POST"
            raise _not_taken(response, found, never=never)
        answer = _decoded(found, decode_sample_answer)
        counted = answer.existing >= 0 and answer.refused >= 0
        if not counted or not answer.existing + answer.refused <= answer.acknowledged <= scrapes:
            raise TransientError("an answer to another batch of samples")
        return answer

    async def report(self, report: Report, seconds: float) -> None:
        """Hand a report over within so many seconds. Raises TransientError."""
        headers = self._headers | {"Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.post(
                self._reports_url, data=encode_report(report), headers=headers, timeout=timeout
            ) as response:
                if response.status >= 300:
                    detail = f"{response.status}: {(await response.text())[:500]}"
                    raise TransientError(f"{self._reports_url}: {detail}", _retry_after(response))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _unreachable(self._reports_url, error) from error

    async def _post(
        self, url: str, content_type: str, body: bytes
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        """A response and its body. Raises TransientError where there is none."""
        headers = {"Content-Type": content_type, **self._headers}
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=self._timeout
            ) as response:
                return response, await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _unreachable(url, error) from error


def _unreachable(url: str, error: Exception) -> TransientError:
    return TransientError(f"{url}: {str(error) or type(error).__name__}")


T = TypeVar("T")


def _decoded(body: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        return decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TransientError(f"not an answer of a collector: {error}") from error


def _not_taken(
    response: aiohttp.ClientResponse, body: bytes, *, never: bool
) -> TransientError | PermanentError:
    """The error for a response that is not 200: whether to send the same again or never."""
    detail = f"{response.status}: {body[:500].decode(errors='replace')}"
    return PermanentError(detail) if never else TransientError(detail, _retry_after(response))


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
