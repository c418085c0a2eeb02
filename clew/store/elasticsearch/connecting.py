"""
From the configuration to a client, and to a cluster that is prepared for our documents.

A process that writes puts its index templates first: an index that came into being without them
would have guessed mappings for ever. A newer template than ours stays: in a rolling upgrade the
older process is the one that leaves.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any

from elastic_transport import AiohttpHttpNode
from elasticsearch import AsyncElasticsearch
from elasticsearch.serializer import OrjsonSerializer

from clew.runtime.backoff import Backoff
from clew.runtime.clock import Deadline
from clew.runtime.errors import ClewError, PermanentError, TransientError
from clew.store.config import StoreConfig
from clew.store.elasticsearch.failures import asking
from clew.store.elasticsearch.templates import VERSION, Template

PATIENCE_SECONDS = 60.0
"""How long a server may take to come up beside us before we give up."""

_ATTEMPT_SECONDS = 15.0
_LONGEST_PAUSE_SECONDS = 5.0
_ABSENT = 404


def connect(config: StoreConfig) -> AsyncElasticsearch:
    """
    A client that goes on to the next node where one can't be reached. It has not asked any yet.

    Raises ClewError if a file of the configuration can't be read or an address can't be used.
    """
    options: dict[str, Any] = {}
    if config.api_key_file is not None:
        options["api_key"] = _secret(config.api_key_file)
    elif config.username is not None and config.password_file is not None:
        options["basic_auth"] = (config.username, _secret(config.password_file))
    if config.ca_file is not None:
        options["ca_certs"] = str(config.ca_file)
    try:
        return AsyncElasticsearch(
            config.urls,
            node_class=_Node,
            serializer=OrjsonSerializer(),
            request_timeout=None,  # deadlines are ours, see `failures.asking`
            max_retries=len(config.urls) - 1,
            retry_on_status=(),  # what a 429 or a 503 means is not the client's to decide
            **options,
        )
    except (ValueError, OSError) as error:
        raise ClewError(f"can't use {', '.join(config.urls)} as a store: {error}") from error


async def connect_and_prepare(
    config: StoreConfig, templates: dict[str, Template], patience_seconds: float
) -> AsyncElasticsearch:
    """
    A client of a cluster that has these templates, or newer ones of these names.

    Waits up to `patience_seconds` for the cluster. Raises TransientError if it can't be reached
    until then, PermanentError if it refuses, and ClewError as `connect`.
    """
    client, patience = connect(config), Deadline.after(patience_seconds)
    backoff = Backoff(most_seconds=_LONGEST_PAUSE_SECONDS)
    try:
        while True:
            try:
                await _put(client, templates)
                return client
            except PermanentError as error:
                raise PermanentError(f"the store can't be opened: {error}") from error
            except (TransientError, TimeoutError) as error:
                if patience.passed():
                    raise TransientError(f"the store can't be opened: {error}") from error
            await asyncio.sleep(backoff.next())
    except BaseException:
        await client.close()
        raise


async def _put(client: AsyncElasticsearch, templates: dict[str, Template]) -> None:
    async with asking(client, Deadline.after(_ATTEMPT_SECONDS)):
        for name, template in templates.items():
            there = await client.options(ignore_status=_ABSENT).indices.get_index_template(
                name=name
            )
            found = there.body.get("index_templates", [])
            newest = max((each["index_template"].get("version", 0) for each in found), default=0)
            if newest <= VERSION:
                await client.indices.put_index_template(name=name, **template)


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ClewError(f"{path} can't be read: {error}") from error


class _Node(AiohttpHttpNode):
    """
    Hands bodies over as files: of a megabyte of bytes aiohttp warns that it blocks the loop.

    It logs nothing: requests hold people's log lines.
    """

    async def perform_request(  # type: ignore[override]  # as its base does
        self, method: str, target: str, body: bytes | None = None, **options: Any
    ) -> Any:
        content: Any = BytesIO(body) if body else None
        return await super().perform_request(method, target, body=content, **options)

    def _log_request(self, **_: Any) -> None:  # type: ignore[override]
        return
