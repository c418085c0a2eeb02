"""
An installation of clew on a server that many tests share.

It has an index prefix of its own, and takes its indices and templates with it when it goes: a
server does not hold a thousand of them.
"""

from __future__ import annotations

import http.client
import json
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from clew.store.config import StoreConfig
from tests.support.elasticsearch.server import ElasticsearchServer


class Installation:
    def __init__(self, server: ElasticsearchServer) -> None:
        self.prefix = f"clew-{uuid4().hex[:12]}"
        self.config = StoreConfig(kind="elasticsearch", urls=[server.url], index_prefix=self.prefix)
        self._address = server.url.removeprefix("http://")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The server's own answer to a request, past the store; `{}` where nothing is there."""
        connection = http.client.HTTPConnection(self._address, timeout=30)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, body and json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            assert response.status < 500, text
            return json.loads(text) if response.status < 400 else {}
        finally:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for index in self.ask("GET", f"/{self.prefix}-*/_alias"):
            self.ask("DELETE", f"/{index}")
        self.ask("DELETE", f"/_index_template/{self.prefix}-*")
