"""What a process of the test itself says of its reloads."""

from __future__ import annotations

from prometheus_client import REGISTRY


def metric(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(f"clew_config_{name}", labels)
    assert value is not None
    return value


def successful() -> float:
    return metric("last_reload_successful")


class Counted:
    """How often each outcome came since the start of the test."""

    def __init__(self) -> None:
        self._before = {name: self._now(name) for name in self._names}

    _names = ("taken", "unchanged", "refused", "failed")

    def _now(self, outcome: str) -> float:
        return metric("reloads_total", outcome=outcome)

    def __call__(self) -> dict[str, float]:
        since = {name: self._now(name) - self._before[name] for name in self._names}
        return {name: count for name, count in since.items() if count}
