"""Markers, fixtures that several rooms share, and how hypothesis looks for counter-examples."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.support.components import in_ci

pytest_plugins = [
    "tests.support.elasticsearch.fixture",
    "tests.support.wheel",
    "tests.support.kubernetes.fixture",
]

# Deadlines and `too_slow` judge the machine, not the code. In CI the examples are the same every
# time, so that a red run is about the change; people's machines go on looking for new ones.
_SLOW_MACHINES = [HealthCheck.too_slow]
settings.register_profile("dev", deadline=None, suppress_health_check=_SLOW_MACHINES)
settings.register_profile(
    "ci", deadline=None, suppress_health_check=_SLOW_MACHINES, derandomize=True, print_blob=True
)
settings.load_profile("ci" if in_ci() else "dev")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; `make test-long` runs it")
