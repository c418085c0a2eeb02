"""The collector's process: the only place that names its parts together."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import AsyncExitStack

import aiohttp
from aiohttp import web

from clew.answers.reports import Reports
from clew.runtime.admin import Health, add_admin_routes, serving
from clew.runtime.clock import SYSTEM_CLOCK
from clew.runtime.config import read_token
from clew.runtime.tasks import Started, nobody_waits, unless
from clew.schema.timestamps import SECOND
from clew.store.identity import get_identity
from clew.store.opening import Stores, open_stores
from collector import events
from collector.alerting.alerting import Alerting
from collector.alerting.alertmanager import Alertmanager
from collector.alerting.config import AlertingConfig
from collector.alerting.evaluation import Evaluator
from collector.alerting.files import NamedGroup, load_files, load_shipped
from collector.alerting.group import GroupRunner
from collector.alerting.lease import Lease
from collector.alerting.reported import WithReports
from collector.config import CollectorConfig
from collector.intake.batches import Intake
from collector.intake.door import Admission
from collector.intake.quarantine import QuarantineIntake
from collector.intake.reports import ReportIntake
from collector.intake.samples import SampleIntake
from collector.quarantine.replaying import Rules


async def run(config: CollectorConfig, stop: asyncio.Event, started: Started = nobody_waits) -> int:
    """Take batches and evaluate alert rules until asked to stop."""
    token = read_token(config.token_file)
    groups = load_groups(config.alerting)
    stores = await unless(stop, open_stores(config.store, writable=True))
    if stores is None:
        return 0
    try:
        identity = await unless(stop, get_identity(stores.state))
        if identity is None:
            return 0
        health = Health()
        admission = Admission(token, config.batch_bytes, config.batches_at_once)
        app = web.Application()
        policy = config.schema_.load_policy()
        intake = Intake(stores.logs, identity, admission, health, policy)
        intake.add_routes(app)
        SampleIntake(stores.series, admission).add_routes(app)
        ReportIntake(stores.state, admission).add_routes(app)
        QuarantineIntake(stores.logs, admission, Rules(policy)).add_routes(app)
        add_admin_routes(app, health)
        async with serving(app, config.address):
            events.started(config.listen, config.store.kind)
            started()
            await _alert(config.alerting, groups, stores, stop)
            await stop.wait()
    finally:
        await stores.close()
    events.stopped()
    return 0


def load_groups(config: AlertingConfig) -> list[NamedGroup]:
    """The rules to evaluate. Raises ConfigError with all that is wrong in their files."""
    if not config.enabled:
        return []
    shipped = load_shipped() if config.shipped_rules else []
    return shipped + load_files(config.rules)


async def _alert(
    config: AlertingConfig, groups: list[NamedGroup], stores: Stores, stop: asyncio.Event
) -> None:
    """Evaluate rules until asked to stop; returns at once where there are none."""
    if not groups:
        return
    clock = SYSTEM_CLOCK
    series = WithReports(stores.series, Reports(stores.state, clock))
    evaluator = Evaluator(stores.logs, series, clock)
    interval = round(config.interval_seconds * SECOND)
    runners = [GroupRunner(each, interval, evaluator, stores.state, clock) for each in groups]
    holder = f"{socket.gethostname()}/{os.getpid()}"
    lease = Lease(stores.state, holder, clock)
    async with AsyncExitStack() as sessions:
        alertmanagers = []
        for url in config.alertmanagers:
            # Each has connections of its own: one that hangs takes none from the others.
            session = await sessions.enter_async_context(aiohttp.ClientSession())
            alertmanagers.append(Alertmanager(session, url))
            events.alertmanager_known(url)
        alerting = Alerting(
            config, runners, alertmanagers, state=stores.state, lease=lease, clock=clock
        )
        await alerting.run(stop)
