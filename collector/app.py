"""The collector's process: the only place that names its parts together."""

from __future__ import annotations

import asyncio

from aiohttp import web

from clew.runtime.admin import Health, add_admin_routes, serving
from clew.runtime.config import read_token
from clew.runtime.tasks import unless
from clew.store.identity import get_identity
from clew.store.opening import open_stores
from collector import events
from collector.config import CollectorConfig
from collector.intake.batches import Intake
from collector.intake.reports import ReportIntake


async def run(config: CollectorConfig, stop: asyncio.Event) -> int:
    """Take batches until asked to stop."""
    token = read_token(config.token_file)
    stores = await unless(stop, open_stores(config.store, writable=True))
    if stores is None:
        return 0
    try:
        health = Health()
        intake = Intake(
            stores.logs,
            identity=await get_identity(stores.state),
            token=token,
            batch_bytes=config.batch_bytes,
            at_once=config.batches_at_once,
        )
        app = web.Application(client_max_size=config.batch_bytes)
        intake.add_routes(app)
        ReportIntake(stores.state, intake.allows).add_routes(app)
        add_admin_routes(app, health)
        async with serving(app, config.address):
            events.started(config.listen, config.store.kind)
            await stop.wait()
    finally:
        await stores.close()
    events.stopped()
    return 0
