"""
What `clew up` was told, as one configuration file for each process.

The files stand in <data>/run, for this user's eyes only. The agent's never holds what the store is
opened with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agent.config import AgentConfig
from clew.cli.folders import default_logs
from clew.runtime.addresses import Address, check_free, free_port, parse_address
from clew.runtime.config import Section, load, read
from clew.runtime.errors import ClewError, ConfigError, Problem
from collector.config import CollectorConfig
from query.config import QueryConfig

QUERY_PORT = 8420


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of `clew up`; None or empty where one was not given."""

    demo: bool
    logs: list[Path]
    data: Path
    listen: str | None
    collector_listen: str | None
    agent_listen: str | None
    file: Path | None
    elasticsearch: list[str]
    alertmanagers: list[str]
    rules: list[str]
    once: bool


@dataclass(frozen=True, slots=True)
class Together:
    """A settled set-up: three sections, where their files stand, and the addresses."""

    data: Path
    demo: bool
    agent: AgentConfig
    collector: CollectorConfig
    query: QueryConfig

    @property
    def run_folder(self) -> Path:
        return self.data / "run"

    def config_file(self, process: str) -> Path:
        return self.run_folder / f"{process}.yaml"


def settle(choices: Choices) -> Together:
    """
    Options over the file over the defaults. Writes nothing.

    Raises ConfigError with all mistakes at once, ClewError where an address is taken.
    """
    document = load(choices.file) if choices.file else {}
    models: dict[str, type[Section]] = {
        "agent": AgentConfig,
        "collector": CollectorConfig,
        "query": QueryConfig,
    }
    if not all(isinstance(document.get(name) or {}, dict) for name in models):
        read(document, models, str(choices.file))  # says so, with all else that is wrong
    sections = {name: dict(document.get(name) or {}) for name in models}
    listen = _address(choices.listen or sections["query"].get("listen"), "--listen", None)
    collector = _address(
        choices.collector_listen or sections["collector"].get("listen"),
        "--collector-listen",
        listen,
    )
    agent = _address(
        choices.agent_listen or sections["agent"].get("listen"), "--agent-listen", collector
    )
    store = _store(choices, sections)
    sections["query"] |= {"listen": str(listen), "store": store}
    alerting = _alerting(choices, sections["collector"].get("alerting"), listen)
    sections["collector"] |= {"listen": str(collector), "store": store, "alerting": alerting}
    sections["agent"] |= {"listen": str(agent), "collector_url": collector.url}
    addresses = {"clew-agent": agent, "clew-collector": collector, "clew-query": listen}
    sections["agent"]["metrics"] = _with_own(sections["agent"].get("metrics", {}), addresses)
    if choices.logs or "logs" not in sections["agent"]:
        folders = choices.logs or _default_logs(choices)
        for folder in choices.logs:
            if not folder.is_dir():
                raise ClewError(f"there is no folder {folder} to read logs from (--logs)")
        sections["agent"]["logs"] = [str(folder.absolute()) for folder in folders]
    sections["agent"].setdefault("data", str(choices.data.absolute() / "agent"))
    if "token_file" in sections["collector"]:
        sections["agent"].setdefault("token_file", sections["collector"]["token_file"])
    unknown = {name: value for name, value in document.items() if name not in sections}
    settled = read(unknown | sections, models, str(choices.file or ""))
    options = {"--listen": listen, "--collector-listen": collector, "--agent-listen": agent}
    for option, address in options.items():
        check_free(address, option)
    if len(set(options.values())) < len(options):
        raise ClewError(f"{', '.join(options)} must differ")
    return Together(choices.data.absolute(), choices.demo, *settled)  # type: ignore[arg-type]


def _with_own(metrics: Any, addresses: Mapping[str, Address]) -> Any:
    """`agent.metrics` with the processes themselves as targets: /metrics asks for no token."""
    targets = metrics.get("targets", []) if isinstance(metrics, dict) else None
    if not isinstance(targets, list):
        return metrics  # switched off, or a mistake that is named with all others
    known = [target.get("url") for target in targets if isinstance(target, dict)]
    own = [{"url": f"{address.url}/metrics", "job": job} for job, address in addresses.items()]
    return metrics | {"targets": targets + [each for each in own if each["url"] not in known]}


def write_files(together: Together) -> None:
    """Raises ClewError where the data folder can't be written."""
    sections = {
        "agent": together.agent,
        "collector": together.collector,
        "query": together.query,
    }
    try:
        together.run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, section in sections.items():
            file = together.config_file(name)
            file.touch(mode=0o600)
            text = yaml.safe_dump({name: section.model_dump(mode="json", exclude_none=True)})
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ClewError(f"can't write to {together.run_folder}: {error.strerror}") from error


def _default_logs(choices: Choices) -> list[Path]:
    return [demo_logs(choices.data)] if choices.demo else default_logs()


def demo_logs(data: Path) -> Path:
    """Where the demo shop's containers write."""
    return data / "demo" / "pods"


def _address(given: str | None, option: str, before: Address | None) -> Address:
    """The address given, else the port after the one before; port 0 is any free one."""
    if given is None:
        address = Address("127.0.0.1", QUERY_PORT if before is None else before.port + 1)
    else:
        try:
            address = parse_address(str(given))
        except ValueError as error:
            raise ConfigError([Problem(option, str(error), given)]) from error
    if address.port == 0:
        address = Address(address.host, free_port(address.host))
    return address


def _alerting(choices: Choices, configured: Any, query: Address) -> Any:
    """What was configured, with the options over it; an import wakes nobody."""
    if not isinstance(configured, dict | None):
        return configured  # its section says what is wrong with it
    alerting: dict[str, Any] = {"external_url": query.url} | (configured or {})
    if choices.alertmanagers:
        alerting["alertmanagers"] = choices.alertmanagers
    if choices.rules:
        alerting["rules"] = [str(Path(pattern).absolute()) for pattern in choices.rules]
    return alerting | ({"enabled": False} if choices.once else {})


def _store(choices: Choices, sections: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    if choices.elasticsearch:
        return {"kind": "elasticsearch", "urls": choices.elasticsearch}
    for name in ("collector", "query"):
        configured = sections[name].get("store")
        if isinstance(configured, dict):
            return configured
    return {"kind": "embedded", "path": str(choices.data.absolute() / "store")}
