"""
Changes go to a collector, since nobody else writes a store.

The only place of this process that asks another one of clew's. Nothing is sent twice here: a step
that got no answer may have been done, and whoever asked may ask for it again.
"""

from __future__ import annotations

import aiohttp
import msgspec

from clew.runtime.errors import ClewError
from clew.runtime.trust import trust
from clew.wire.quarantine import Change, Changed, Kind, decode_changed, encode_change

CONNECT_SECONDS = 5.0


class CollectorError(ClewError):
    """The collector did not do it; `status` is what the asker is answered with."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Collector:
    """`url` is None where the configuration names none."""

    def __init__(self, url: str | None, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    @property
    def known(self) -> bool:
        return self._url is not None

    async def change(self, kind: Kind, change: Change) -> Changed:
        """One step of a change. Raises CollectorError."""
        if self._url is None:
            raise CollectorError(
                501, "This query service knows no collector: name one in `query.collector_url`."
            )
        try:
            status, body = await self._post(f"{self._url}/v1/quarantine/{kind}", change)
        except TimeoutError as error:
            raise CollectorError(504, "The collector did not answer in time.") from error
        except aiohttp.ClientError as error:
            raise CollectorError(503, f"The collector can't be reached: {error}") from error
        if status == 200:
            try:
                return decode_changed(body)
            except msgspec.MsgspecError as error:
                raise CollectorError(502, f"What answers is no collector: {error}") from error
        raise _failure(status, body.decode(errors="replace"))

    async def _post(self, url: str, change: Change) -> tuple[int, bytes]:
        # Changes are rare, and a connection that is kept for the next one has died by then.
        timeout = aiohttp.ClientTimeout(change.deadline_seconds, sock_connect=CONNECT_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                url,
                data=encode_change(change),
                headers=self._headers,
                allow_redirects=False,
                ssl=trust(url),
            ) as answer,
        ):
            return answer.status, await answer.read()


def _failure(status: int, detail: str) -> CollectorError:
    if status == 401:
        sentence = "The collector asks for another token than that of `query.collector_token_file`."
        return CollectorError(502, sentence)
    if status == 429:
        return CollectorError(503, "The collector is busy with another replay or purge.")
    if status == 503:
        return CollectorError(503, f"The collector's store does not answer: {detail[:500]}")
    if status == 404:
        return CollectorError(502, "The collector is of an older version, and can't do this yet.")
    return CollectorError(502, f"The collector refused it with {status}: {detail[:500]}")
