"""The `collector` section of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from clew.policies import PolicyConfig
from clew.runtime.listening import ListeningSection
from clew.store.config import StoreConfig
from collector.alerting.config import AlertingConfig
from collector.alerting.files import load_files, paths


class CollectorConfig(ListeningSection):
    """Where the collector listens, and the store it writes."""

    listen: str = Field(default="127.0.0.1:8421", description="HOST:PORT that agents send to.")
    store: StoreConfig = Field(description="Where documents are kept.")
    batch_bytes: int = Field(
        default=64 * 1024 * 1024,
        # What escapes make of the largest batch of an agent: 8 MiB and a chunk of controls.
        ge=64 * 1024 * 1024,
        description="The largest batch taken, uncompressed.",
    )
    schema_: PolicyConfig = Field(
        default=PolicyConfig(),
        alias="schema",
        description="What lines have to have that the collector judges itself.",
    )
    alerting: AlertingConfig = Field(
        default=AlertingConfig(), description="Alert rules, and who is told."
    )
    batches_at_once: int = Field(
        default=8, ge=1, le=1000, description="More batches than these are answered with 429."
    )

    def named_files(self) -> Mapping[str, Path | None]:
        rules = {f"alerting.rules ({path})": path for path in paths(self.alerting.rules)}
        own = {**super().named_files(), **self.schema_.named_files()}
        return {**own, **self.store.named_files(), **rules}

    def check_files(self) -> None:
        self.store.check_files("collector.store")
        self.schema_.check_files()
        load_files(self.alerting.rules)
