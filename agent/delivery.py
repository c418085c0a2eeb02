"""Batches and reports to the collector, and its answers: the agent's one edge to the network."""

from __future__ import annotations

import aiohttp
import msgspec

from clew.runtime.errors import PermanentError, TransientError
from clew.wire.batch import CONTENT_TYPE, Answer, decode_answer
from clew.wire.report import Report, encode_report

GRACE_SECONDS = 5.0
"""How long after its deadline an answer may still be on the way."""


class Delivery:
    """Sends to one collector. `session` is closed by whoever opened it."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, token: str, deadline_seconds: float
    ) -> None:
        self._session = session
        self._url, self._store_url = f"{url}/v1/batches", f"{url}/v1/store"
        self._reports_url = f"{url}/v1/reports"
        self._headers = {"Content-Type": CONTENT_TYPE}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
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
        try:
            async with self._session.post(
                self._url, data=body, headers=self._headers, timeout=self._timeout
            ) as response:
                return _answer(response, await response.read(), parts)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _unreachable(self._url, error) from error

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


def _unreachable(url: str, error: Exception) -> TransientError:
    return TransientError(f"{url}: {str(error) or type(error).__name__}")


def _answer(response: aiohttp.ClientResponse, body: bytes, parts: int) -> Answer:
    if response.status == 200:
        try:
            answer = decode_answer(body)
        except msgspec.MsgspecError as error:
            raise TransientError(f"not an answer of a collector: {error}") from error
        if len(answer.parts) != parts:
            raise TransientError("an answer to another batch")
        return answer
    detail = f"{response.status}: {body[:500].decode(errors='replace')}"
    # A wrong token or address is mended outside, and then the same batch goes through.
    if response.status in {401, 403, 404, 408, 429} or response.status >= 500:
        raise TransientError(detail, _retry_after(response))
    raise PermanentError(detail)


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
