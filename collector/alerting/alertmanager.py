"""
`POST /api/v2/alerts` to one Alertmanager: the one edge to it.

Every Alertmanager of a cluster is told by itself, never through a load balancer: they exchange
silences and notifications, not alerts. An alert ends at its `endsAt` unless it is sent again.
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aiohttp
import orjson

from clew.rules.states import Alert, ends_at
from clew.runtime.errors import PermanentError, TransientError
from clew.schema.timestamps import format_rfc3339

SEND_SECONDS = 10.0
MOST_ALERTS = 256
"""In one request, as in Prometheus."""

_DISLIKED = {400, 422}
"""Something of it is not as it should be, and all others are taken. Any other failure is one of the
way there, or of a setting: then it is told again."""


class Alertmanager:
    """One Alertmanager. `session` is closed by whoever opened it."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self.url = session, url
        self._timeout = aiohttp.ClientTimeout(total=SEND_SECONDS)

    async def send(self, alerts: Sequence[dict[str, Any]]) -> None:
        """
        Tell it of at most MOST_ALERTS alerts.

        Raises TransientError where it was not told, PermanentError where it does not like some of
        them: then it has taken the others.
        """
        url = f"{self.url}/api/v2/alerts"
        try:
            async with self._session.post(
                url,
                data=orjson.dumps(alerts),
                headers={"Content-Type": "application/json"},
                timeout=self._timeout,
            ) as response:
                detail = f"{url}: {response.status}: {(await response.text())[:500]}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TransientError(f"{url}: {str(error) or type(error).__name__}") from error
        if response.status in _DISLIKED:
            raise PermanentError(detail)
        if not 200 <= response.status < 300:
            raise TransientError(detail)


def as_sent(
    alert: Alert, interval: int, resend_after: int, *, external_url: str, now: int
) -> dict[str, Any]:
    """An alert as an Alertmanager takes it."""
    return {
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": format_rfc3339(alert.fired_at),
        "endsAt": format_rfc3339(ends_at(alert, interval, resend_after, now)),
        "generatorURL": f"{external_url}{alert.evidence}",
    }
