"""
Run agent, collector and query (and the shop) as child processes of `clew up`, and tell about it.

They are stopped in the order of the lines' way: whoever makes lines first, whoever answers last.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp
import click

from agent.app import SUMMARY
from clew.cli.readiness import POLL_SECONDS, get_json, tell_troubles, wait_ready
from clew.cli.summary import Bar, print_summary
from clew.cli.together import Together, demo_logs, write_files
from clew.runtime.addresses import Address, parse_address
from clew.runtime.clock import SYSTEM_CLOCK, Deadline
from clew.runtime.errors import ClewError, first_error
from clew.runtime.folder_lock import FolderLock
from clew.runtime.processes import Child, keep_running
from clew.runtime.tasks import run, wait

STOP_SECONDS = 8.0
LAYOUT = (
    "A folder of logs holds <namespace>_<pod>_<uid>/<container>/<restart>.log, as /var/log/pods "
    "does, or <node>/var/log/pods with that for each node."
)


def run_everything(together: Together, *, once: bool, as_json: bool) -> int:
    """Until Ctrl-C, or with `once` until everything is indexed; the exit code."""
    # What we keep was for its owner's eyes in /var/log/pods, and stays so here.
    os.umask(0o077)
    with FolderLock(together.run_folder, "clew up"):
        if together.collector.store.kind == "elasticsearch":
            _say(f"opening Elasticsearch at {_store(together)}")
        together.data.chmod(0o700)
        write_files(together)
        if once:
            return run(lambda stop: _import(together, stop, as_json=as_json))
        return run(lambda stop: _serve(together, stop, as_json=as_json))


def _child(together: Together, name: str, *options: str, restart: bool = True) -> Child:
    # -P: a folder named `agent` where the user happens to stand is not our agent.
    argv = [sys.executable, "-P", "-m", "clew", name, *options]
    return Child(name, argv, together.run_folder / f"{name}.log", restart)


def _process(together: Together, name: str, *options: str, restart: bool = True) -> Child:
    config = str(together.config_file(name))
    return _child(together, name, "--config", config, *options, restart=restart)


def _say(text: str) -> None:
    click.echo(f"clew: {text}", err=True)


async def _serve(together: Together, stop: asyncio.Event, *, as_json: bool) -> int:
    children = [_process(together, name) for name in ("query", "collector", "agent")]
    if together.demo:
        logs = demo_logs(together.data)
        logs.mkdir(parents=True, exist_ok=True)
        children.append(_child(together, "demo", "--logs", str(logs)))
    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(keep_running(child, stop, _say))
            group.create_task(_announce(together, stop, as_json=as_json))
            group.create_task(tell_troubles(_writers(together), stop, _say))
    except* ClewError as failed:
        stop.set()
        raise first_error(failed) from failed
    finally:
        await _end(children)
    return 0


async def _end(children: list[Child]) -> None:
    """The sources of lines first. One that hangs leaves the others at least a moment."""
    deadline = Deadline.after(STOP_SECONDS)
    for child in reversed(children):
        await child.end(max(deadline.remaining(), 0.5))


async def _announce(together: Together, stop: asyncio.Event, *, as_json: bool) -> None:
    query = together.query.address
    async with aiohttp.ClientSession() as session:
        for name, section in (("query", together.query), ("collector", together.collector)):
            if not await wait_ready(session, name, section.address, stop):
                return
    logs = [str(folder) for folder in together.agent.logs]
    if as_json:
        kept = {"keeping": _store(together), "own_logs": str(together.run_folder)}
        said = {"url": query.url, "following": logs, "demo": together.demo, **kept}
        click.echo(json.dumps(said))
        return
    shop = " (the demo shop: orders arrive all the time, some fail)" if together.demo else ""
    click.echo(f"clew is running: {click.style(query.url, bold=True)}")
    click.echo(f"  following  {', '.join(logs)}{shop}")
    click.echo(f"  keeping    {_store(together)}")
    click.echo(f"  own logs   {together.run_folder}/*.log")
    click.echo("  to stop    Ctrl-C; the data stays, and the next start goes on with it")


def _writers(together: Together) -> dict[str, Address]:
    """Whom the lines pass on their way into the store."""
    agent = parse_address(together.agent.listen)
    return {"agent": agent, "collector": together.collector.address}


def _store(together: Together) -> str:
    store = together.collector.store
    return str(store.path) if store.kind == "embedded" else ", ".join(store.urls)


async def _import(together: Together, stop: asyncio.Event, *, as_json: bool) -> int:
    """Index everything once: collector and agent, until the agent is through."""
    began = SYSTEM_CLOCK.monotonic()
    summary = together.agent.data / SUMMARY
    summary.unlink(missing_ok=True)
    collector = _process(together, "collector")
    agent = _process(together, "agent", "--once", restart=False)
    through = asyncio.Event()
    status: dict[str, Any] | None = None
    code = 1

    async def run_agent() -> None:
        nonlocal code
        code = await keep_running(agent, stop, _say)
        through.set()

    async def run_collector() -> None:
        await keep_running(collector, through, _say)

    async def show() -> None:
        nonlocal status
        url = f"{parse_address(together.agent.listen).url}/status"
        async with aiohttp.ClientSession() as session:
            with Bar(hidden=as_json) as bar:
                while not through.is_set() and not await wait(stop, POLL_SECONDS):
                    status = await get_json(session, url) or status
                    bar.show(status)
        through.set()

    async def tell() -> None:
        await tell_troubles(_writers(together), through, _say)

    try:
        async with asyncio.TaskGroup() as group:
            for work in (run_collector, run_agent, show, tell):
                group.create_task(work())
    except* ClewError as failed:
        raise first_error(failed) from failed
    finally:
        await _end([collector, agent])
    status = _read_summary(summary) or (status if stop.is_set() else None)
    if status is None:
        raise ClewError(f"stopped before everything was indexed:\n{agent.last_words()}")
    print_summary(status, SYSTEM_CLOCK.monotonic() - began, as_json=as_json)
    if status["balanced"] and not status["files"] and not status["unfinished"]:
        _say(f"no log files were found. {LAYOUT}")
        return 1
    return code or int(not status["balanced"])


def _read_summary(file: Path) -> dict[str, Any] | None:
    """What the agent left; None where it could not, as on a full disk."""
    try:
        return dict(json.loads(file.read_bytes()))
    except (OSError, ValueError):
        return None
