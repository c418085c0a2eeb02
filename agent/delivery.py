"""
To the collector and its answers back: batches of lines and of scrapes, and reports.

Only here an answer is judged: what may help to send again is a TransientError, what never will a
PermanentError.
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
        answer = _decoded(await self._post(self._url, batch.CONTENT_TYPE, body), decode_answer)
        if len(answer.parts) != parts:
            raise TransientError("an answer to another batch")
        return answer

    async def send_samples(self, body: bytes, scrapes: int) -> SampleAnswer:
        """The answer to a batch of so many scrapes; raises what `send` does."""
        found = await self._post(self._samples_url, samples.CONTENT_TYPE, body)
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

    async def _post(self, url: str, content_type: str, body: bytes) -> bytes:
        """The body of an answer that says 200."""
        headers = {"Content-Type": content_type, **self._headers}
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=self._timeout
            ) as response:
                found = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _unreachable(url, error) from error
        _check_taken(response, found)
        return found


def _unreachable(url: str, error: Exception) -> TransientError:
    return TransientError(f"{url}: {str(error) or type(error).__name__}")


T = TypeVar("T")


def _decoded(body: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        return decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TransientError(f"not an answer of a collector: {error}") from error


def _check_taken(response: aiohttp.ClientResponse, body: bytes) -> None:
    if response.status == 200:
        return
    detail = f"{response.status}: {body[:500].decode(errors='replace')}"
    # A wrong token or address is mended outside, and then the same batch goes through.
    if response.status in {401, 403, 404, 408, 429} or response.status >= 500:
        raise TransientError(detail, _retry_after(response))
    raise PermanentError(detail)


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
