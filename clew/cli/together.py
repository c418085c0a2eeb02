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
from clew.cli.folders import check_default_logs
from clew.runtime.addresses import Address, check_free, free_port, parse_address
from clew.runtime.config import Section, load, read
from clew.runtime.errors import ClewError, ConfigError, Problem
from collector.alerting.files import load_files, paths
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
    # What is no mapping stays as it is, for `read` to complain of with all else.
    wrong = {name: value for name, value in document.items() if not isinstance(value, dict | None)}
    sections = {name: dict(document.get(name) or {}) for name in models if name not in wrong}
    agents, collectors, queries = (sections.get(name, {}) for name in models)
    # Who takes any free port has no favourite for the other two either.
    is_any = str(choices.listen or queries.get("listen")).endswith(":0")
    listen = _listen(queries, choices.listen, QUERY_PORT)
    collector = _listen(collectors, choices.collector_listen, 0 if is_any else listen.port + 1)
    agent = _listen(agents, choices.agent_listen, 0 if is_any else collector.port + 1)
    queries["store"] = collectors["store"] = _store(choices, collectors, queries)
    collectors["alerting"] = _alerting(choices, collectors.get("alerting"), listen)
    addresses = {"clew-agent": agent, "clew-collector": collector, "clew-query": listen}
    agents["collector_url"] = collector.url
    agents["metrics"] = _with_own(agents.get("metrics", {}), addresses)
    _settle_folders(agents, choices)
    queries["collector_url"] = collector.url
    if "token_file" in collectors:
        agents.setdefault("token_file", collectors["token_file"])
        queries.setdefault("collector_token_file", collectors["token_file"])
    settled = read({**document, **sections, **wrong}, models, str(choices.file or ""))
    _check_rules(choices)
    if "logs" not in agents:
        check_default_logs()
    _check_free(choices, listen, collector, agent)
    return Together(choices.data.absolute(), choices.demo, *settled)  # type: ignore[arg-type]


def _with_own(metrics: Any, addresses: Mapping[str, Address]) -> Any:
    """`agent.metrics` with the processes themselves as targets: /metrics asks for no token."""
    targets = metrics.get("targets", []) if isinstance(metrics, dict) else None
    if not isinstance(targets, list):
        return metrics  # switched off, or a mistake that is named with all others
    known = [target.get("url") for target in targets if isinstance(target, dict)]
    own = [{"url": f"{address.url}/metrics", "job": job} for job, address in addresses.items()]
    return metrics | {"targets": targets + [each for each in own if each["url"] not in known]}


def _settle_folders(agents: dict[str, Any], choices: Choices) -> None:
    """Where the logs are, unless they are where an agent looks by default, and the agent's own."""
    if choices.logs:
        agents["logs"] = [str(folder.absolute()) for folder in choices.logs]
    elif "logs" not in agents and choices.demo:
        agents["logs"] = [str(demo_logs(choices.data).absolute())]
    agents.setdefault("data", str(choices.data.absolute() / "agent"))


def _check_free(choices: Choices, listen: Address, collector: Address, agent: Address) -> None:
    options = {"--listen": listen, "--collector-listen": collector, "--agent-listen": agent}
    if choices.once:
        del options["--listen"]  # no query is started
    for option, address in options.items():
        check_free(address, option)
    if len(set(options.values())) < len(options):
        raise ClewError(f"{', '.join(options)} must differ")


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


def demo_logs(data: Path) -> Path:
    """Where the demo shop's containers write."""
    return data / "demo" / "pods"


def _listen(section: dict[str, Any], given: str | None, port: int) -> Address:
    """
    Settle a section's address: the one given, else the one there, else this port on loopback.

    Port 0 is any free one. What is no address stays in the section, which says so when it is read.
    """
    text = section.get("listen") if given is None else given
    address = Address("127.0.0.1", port)
    if text is not None:
        try:
            address = parse_address(str(text))
        except ValueError:
            return address
    if address.port == 0:
        address = Address(address.host, free_port(address.host))
    section["listen"] = str(address)
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


def _check_rules(choices: Choices) -> None:
    """All mistakes of the files of --rules at once, and a pattern that fits none."""
    problems = [
        Problem("--rules", "no file fits", pattern)
        for pattern in choices.rules
        if not paths([pattern])
    ]
    if problems:
        raise ConfigError(problems)
    load_files(choices.rules)


def _store(choices: Choices, *sections: Mapping[str, Any]) -> Any:
    if choices.elasticsearch:
        return {"kind": "elasticsearch", "urls": choices.elasticsearch}
    configured = [section["store"] for section in sections if section.get("store") is not None]
    return configured[0] if configured else embedded_in(choices.data)


def embedded_in(data: Path) -> dict[str, str]:
    """The store of a `clew up` that was told of none."""
    return {"kind": "embedded", "path": str(data.absolute() / "store")}
