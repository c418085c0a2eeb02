"""The `agent` section of the configuration."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from agent.metadata.config import KubeletConfig
from agent.metadata.policy import AnnotationsConfig
from agent.metrics.config import MetricsConfig
from agent.redaction.config import RedactionConfig
from agent.shedding.config import RateLimitsConfig, SheddingConfig
from agent.sources.config import SourcesConfig
from clew.policies import PolicyConfig
from clew.runtime.addresses import parse_address, parse_origin


def node_name() -> str:
    """$CLEW_NODE, else the name of this machine, which in a container is that of the pod."""
    return os.environ.get("CLEW_NODE") or socket.gethostname()


class AgentConfig(SourcesConfig):
    """What the agent of one node follows, and where it sends it."""

    data: Path = Field(
        default=Path("/var/lib/clew/agent"),
        description="Where the agent keeps checkpoint and spool. No other agent may use it.",
    )
    collector_url: str | list[str] = Field(
        default="http://127.0.0.1:8421",
        description="The collector that batches are sent to, or a list of several. Every address "
        "that a host name has counts as a collector of its own; one is used at a time, and another "
        "when it does not do.",
    )
    token_file: Path | None = Field(
        default=None, description="A file with the token that the collector asks for."
    )
    listen: str = Field(
        default="127.0.0.1:8422",
        description="HOST:PORT of /healthz, /readyz, /metrics and /status.",
    )
    node: str = Field(
        default_factory=node_name,
        description="The name of the node the agent runs on; without it $CLEW_NODE, where that is "
        "set, so that the agents of a cluster can share one file.",
    )
    cluster: str = Field(default="", description="The name of the cluster.")
    look_interval_seconds: float = Field(
        default=1.0, gt=0, le=60, description="How often folders are looked at for new files."
    )
    unfinished_after_seconds: float = Field(
        default=5.0,
        gt=0,
        description="How long the missing rest of a line is waited for before it goes without.",
    )
    batch_bytes: int = Field(
        default=2 * 1024 * 1024,
        ge=64 * 1024,
        le=8 * 1024 * 1024,
        description="How much of the files goes into one batch, uncompressed; less while the "
        "collector is slow or busy.",
    )
    batches_in_flight: int = Field(
        default=8,
        ge=1,
        le=64,
        description="How many batches may wait for their answers at the same time; fewer while the "
        "collector is slow or busy.",
    )
    outbox_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024 * 1024,
        description="How much of the disk batches may take that are on their way, compressed. "
        "While it is full, nothing more is read.",
    )
    rescue_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024 * 1024,
        description="How much is kept, below `data`, of files that were deleted before they were "
        "read; then the oldest of it goes.",
    )
    held_bytes: int = Field(
        default=512 * 1024 * 1024,
        ge=0,
        description="How much of the disk deleted files may hold because the agent has them open "
        "and could not copy them; then the oldest is given up.",
    )
    report_interval_seconds: float = Field(
        default=5.0,
        gt=0,
        le=300,
        description="How often the collector is told up to which time everything is stored.",
    )
    deadline_seconds: float = Field(
        default=30.0, gt=0, description="How long an answer to a batch is waited for."
    )

    kubelet: KubeletConfig = Field(
        default_factory=KubeletConfig, description="What is asked about the pods of the node."
    )
    metrics: MetricsConfig = Field(default=MetricsConfig(), description="What is sampled.")
    redaction: RedactionConfig = Field(
        default=RedactionConfig(), description="Which secrets are taken out of lines."
    )
    shedding: SheddingConfig = Field(
        default=SheddingConfig(), description="What is left out on purpose under load."
    )
    rate_limits: RateLimitsConfig = Field(
        default=RateLimitsConfig(), description="How fast one container is read."
    )
    annotations: AnnotationsConfig = Field(
        default=AnnotationsConfig(), description="Which annotations of pods count."
    )

    schema_: PolicyConfig = Field(
        default=PolicyConfig(), alias="schema", description="What lines have to have."
    )

    @field_validator("metrics", mode="before")
    @classmethod
    def _none_is_off(cls, found: Any) -> Any:
        return {"enabled": False} if found is None else found

    def named_files(self) -> Mapping[str, Path | None]:
        key_file = self.redaction.key_file
        files = {"token_file": self.token_file, "redaction.key_file": key_file}
        return {**files, **self.schema_.named_files()}

    def check_files(self) -> None:
        self.schema_.check_files()

    @field_validator("listen")
    @classmethod
    def _address(cls, text: str) -> str:
        parse_address(text)
        return text

    @field_validator("collector_url", mode="before")
    @classmethod
    def _urls(cls, found: Any) -> Any:
        if isinstance(found, str):
            return str(parse_origin(found))
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ValueError("a URL or a list of URLs was expected")
        urls = [str(parse_origin(each)) for each in found]
        if not urls or len(set(urls)) < len(urls):
            raise ValueError("at least one URL was expected, and none of them twice")
        return urls
