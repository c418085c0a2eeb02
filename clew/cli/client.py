"""
The query service over HTTP, with what the standard library has: start-up time is imports.

Whatever can go wrong becomes a ClewError that says what to do about it.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from clew.runtime.errors import ClewError

DEFAULT_URL = "http://127.0.0.1:8420"

TIMEOUT_SECONDS = 60.0
"""The service gives up by itself before, unless its `request_timeout_seconds` was raised."""


_JSON = {"Content-Type": "application/json"}


class RefusedError(ClewError):
    """The service understood and says no; `position` and `suggestion` as in SearchError."""

    def __init__(self, message: str, position: int | None, suggestion: str | None) -> None:
        self.message, self.position, self.suggestion = message, position, suggestion
        super().__init__(message)


class Client:
    """One connection to a query service, opened with the first request and kept."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._connection, self._prefix = _connect(self._url)
        self._headers = {"Accept": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def transaction(self, identifier: str) -> dict[str, Any]:
        """The answer to an ID; `{"id": ..., "lines": []}` where it leads nowhere."""
        return self._get(f"/api/transactions/{quote(identifier, safe='')}", allow_missing=True)

    def search(self, parameters: Mapping[str, object]) -> dict[str, Any]:
        """A page of a search. Raises RefusedError where a parameter can't be read."""
        return self._get(f"/api/search?{urlencode(parameters)}")

    def quarantine(self, parameters: Mapping[str, object]) -> dict[str, Any]:
        """A page of the quarantine. Raises RefusedError where a parameter can't be read."""
        return self._get(f"/api/quarantine?{urlencode(parameters)}")

    def quarantined(self, identifier: str) -> dict[str, Any] | None:
        """One quarantined line; None where none has this ID."""
        status, answer = self._answer(f"/api/quarantine/{quote(identifier, safe='')}")
        if status == 404:
            return None
        return self._checked(status, answer)

    def change_quarantine(self, kind: str, asked: Mapping[str, object]) -> dict[str, Any]:
        """One step of a replay or a purge. Raises RefusedError where a parameter can't be read."""
        return self._checked(*self._answer(f"/api/quarantine/{kind}", asked))

    def conformance(self, parameters: Mapping[str, object]) -> dict[str, Any]:
        """How every service logs. Raises RefusedError where a parameter can't be read."""
        return self._get(f"/api/conformance?{urlencode(parameters)}")

    def service_conformance(
        self, service: str, parameters: Mapping[str, object]
    ) -> dict[str, Any] | None:
        """How one service logs; None where it has no line in this time."""
        path = f"/api/conformance/{quote(service, safe='')}?{urlencode(parameters)}"
        status, answer = self._answer(path)
        return None if status == 404 else self._checked(status, answer)

    def close(self) -> None:
        self._connection.close()

    def _get(self, path: str, *, allow_missing: bool = False) -> dict[str, Any]:
        status, answer = self._answer(path)
        if status == 404 and allow_missing and "lines" in answer:
            return answer
        return self._checked(status, answer)

    def _checked(self, status: int, answer: dict[str, Any]) -> dict[str, Any]:
        if status != 200:
            raise self._failure(status, answer)
        return answer

    def _answer(
        self, path: str, asked: Mapping[str, object] | None = None
    ) -> tuple[int, dict[str, Any]]:
        status, body = self._request(path, asked)
        answer = _decode(body)
        if answer is None:
            raise ClewError(f"{self._url} answers, but not as clew's query service does")
        return status, answer

    def _request(self, path: str, asked: Mapping[str, object] | None) -> tuple[int, bytes]:
        """GET, or with something `asked` POST."""
        method = "GET" if asked is None else "POST"
        body = None if asked is None else json.dumps(asked)
        headers = self._headers if asked is None else self._headers | _JSON
        try:
            self._connection.request(method, self._prefix + path, body, headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except TimeoutError as error:
            raise ClewError(
                f"the query service at {self._url} did not answer within {TIMEOUT_SECONDS:.0f} s"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise ClewError(
                f"no query service answers at {self._url}: {error}\n"
                "Start one with `clew up`, name another with --url, "
                "or read a data folder directly with --data"
            ) from error

    def _failure(self, status: int, answer: Mapping[str, Any]) -> ClewError:
        message = str(answer.get("error", f"status {status}"))
        if status == 400:
            return RefusedError(message, answer.get("position"), answer.get("suggestion"))
        if status == 401:
            return ClewError(
                f"the query service at {self._url} asks for a token: "
                "name the file it is in with --token-file or CLEW_TOKEN_FILE"
            )
        return ClewError(f"the query service at {self._url} can't answer: {message}")


def read_token(file: Path | None) -> str | None:
    """The token in a file. Raises ClewError."""
    if file is None:
        return None
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ClewError(f"the token file {file} can't be read: {error}") from error
    if not token.isascii() or not token.isprintable():
        raise ClewError(f"the token file {file} holds more than one line of ASCII")
    return token


def _connect(url: str) -> tuple[http.client.HTTPConnection, str]:
    """A connection that is not open yet, and what every path begins with."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ClewError(f"{url!r} is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ClewError(f"{url!r} is no URL of a query service, such as {DEFAULT_URL}")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=TIMEOUT_SECONDS), parts.path


def _decode(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
