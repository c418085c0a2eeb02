"""
What happens to every process, whatever it does: its configuration changes.

Beside the `events.py` of each process the only module that knows metrics and the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import Counter, Gauge

from clew.runtime.errors import ClewError, ConfigError
from clew.runtime.telemetry import Repeated

_log = logging.getLogger("clew.config")
_repeated = Repeated(_log)

_successful = Gauge(
    "clew_config_last_reload_successful",
    "1 where what stands in the configuration file is in force, 0 where something before it is.",
)
_success_time = Gauge(
    "clew_config_last_reload_success_timestamp_seconds",
    "When what stands in the configuration file was last found or taken into force.",
)
_reloads = Counter(
    "clew_config_reloads_total",
    "Changes of the configuration file and of files it names, by what became of them.",
    ["outcome"],
)


class Outcome(StrEnum):
    TAKEN = "taken"  # it is in force
    UNCHANGED = "unchanged"  # it says what is in force already
    REFUSED = "refused"  # there are mistakes in it; what was before stays
    FAILED = "failed"  # the process could not start with it; what was before is back


for _outcome in Outcome:
    _reloads.labels(_outcome.value)  # a rate over what has never happened is 0, not nothing


@dataclass(slots=True)
class ConfigurationStatus:
    """
    Since when (Unix nanoseconds) what stands in the file is in force; `problem`: why what stands
    there now is not.
    """

    since: int = 0
    problem: str = ""


STATUS = ConfigurationStatus()
"""Of this process, like its metrics."""


def configuration_loaded(now: int) -> None:
    """At the start of the process."""
    _in_force(now)


def reload_taken(changed: Iterable[str], now: int) -> None:
    _count(Outcome.TAKEN)
    _in_force(now)
    _log.info("the new configuration is in force; changed: %s", ", ".join(changed))


def reload_unchanged(now: int) -> None:
    _count(Outcome.UNCHANGED)
    _in_force(now)
    _log.info("the configuration was looked at again: what it says is in force")


def reload_refused(error: ConfigError) -> None:
    _count(Outcome.REFUSED)
    _not_in_force(str(error))
    _repeated.warn("reload", f"the new configuration is refused, the old one stays: {error}")


def reload_failed(error: Exception) -> None:
    _count(Outcome.FAILED)
    why = str(error) or type(error).__name__
    _not_in_force(why)
    _repeated.warn("reload", f"can't start with the new configuration, the old one is back: {why}")
    if not isinstance(error, ClewError):  # one that nobody foresaw
        _log.error("the start failed", exc_info=error)


def _in_force(now: int) -> None:
    _successful.set(1)
    _success_time.set(now / 1e9)
    STATUS.since, STATUS.problem = now, ""
    _repeated.clear("reload", "what stands in the configuration file is in force")


def _not_in_force(problem: str) -> None:
    _successful.set(0)
    STATUS.problem = problem


def _count(outcome: Outcome) -> None:
    _reloads.labels(outcome.value).inc()
