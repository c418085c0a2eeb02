"""`agent.metrics`: what is sampled, how often, and where samples wait."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from clew.runtime.config import Section

_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_PORTS = {"http": 80, "https": 443}


class TargetConfig(Section):
    """An endpoint that answers with Prometheus' text format."""

    url: str = Field(description="What is scraped, such as http://127.0.0.1:9100/metrics.")
    job: str = Field(min_length=1, description="The label `job` of its series.")
    labels: dict[str, str] = Field(
        default={}, description="More labels of its series; they go over those that clew gives."
    )
    sample_limit: int = Field(
        default=20_000,
        ge=1,
        le=100_000,
        description="A scrape with more samples fails as a whole.",
    )

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        _instance(url)
        return url

    @field_validator("labels")
    @classmethod
    def _are_names(cls, labels: dict[str, str]) -> dict[str, str]:
        for name in labels:
            if not _LABEL.fullmatch(name):
                raise ValueError(f"{name!r} can be no label")
        return labels

    @property
    def instance(self) -> str:
        """HOST:PORT, as Prometheus fills the label `instance`."""
        return _instance(self.url)


class MetricsConfig(Section):
    """What the agent samples, besides following logs."""

    enabled: bool = Field(
        default=True, description="Whether anything is sampled; `metrics: null` says no as well."
    )
    interval_seconds: float = Field(
        default=15.0, ge=1, le=3600, description="How often the node and each target are sampled."
    )
    timeout_seconds: float = Field(
        default=10.0,
        gt=0,
        description="How long a target may take to answer, and never longer than the interval.",
    )
    procfs: Path = Field(
        default=Path("/proc"),
        description="The procfs of the node; in a container where that is mounted.",
    )
    targets: list[TargetConfig] = Field(default=[], description="What is scraped.")
    spool_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024 * 1024,
        description="How much of the disk samples may take while the collector takes none.",
    )

    @field_validator("targets")
    @classmethod
    def _are_different(cls, targets: list[TargetConfig]) -> list[TargetConfig]:
        # Two with the same labels would say different things of one series at the same moment.
        named = Counter((t.job, t.instance, tuple(sorted(t.labels.items()))) for t in targets)
        for (job, instance, _), count in named.items():
            if count > 1:
                raise ValueError(f"{count} targets are job {job!r} at {instance}: add a label")
        return targets


def _instance(url: str) -> str:
    """Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("http://HOST:PORT/PATH or https://HOST:PORT/PATH was expected")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port or _PORTS[parts.scheme]}"
