"""
What is done with lines besides sending them: everything in the configuration that decides so.

A policy may change between two batches. What was decided under the old one is in the outbox.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent import events
from agent.metadata.describing import Describing
from agent.metadata.known import KnownPods
from agent.metadata.policy import AnnotationsConfig
from agent.redaction.redactor import Redactor
from agent.shedding.config import RateLimitsConfig, SheddingConfig
from agent.shedding.ladder import Ladder
from agent.shedding.limits import Limits
from agent.sources.log_file import LogFile
from clew.runtime.clock import Clock
from clew.schema.policy.enforcer import Enforcer
from clew.schema.policy.policy import BUILT_IN
from clew.schema.policy.policy import Policy as SchemaPolicy
from clew.wire.batch import Container


@dataclass(frozen=True, slots=True)
class Policy:
    """Used by the sweeper's thread."""

    describing: Describing
    redactor: Redactor | None
    ladder: Ladder
    limits: Limits
    kept_bytes: int
    schema: SchemaPolicy

    def enforcer(self, file: LogFile, container: Container) -> Enforcer | None:
        """What judges the lines of a file, which are of this container."""
        service = container.service or container.workload or container.name
        wishes = self.describing.wishes(file)
        return self.schema.enforcer(
            container.namespace, service, wishes.schema, container.name, wishes.dialect
        )

    @property
    def trivial(self) -> bool:
        """Whether nothing depends on what pods ask for, or on how much waits."""
        idle = self.limits.unlimited and not self.ladder.has_rungs
        return idle and not self.describing.asks

    @classmethod
    def build(
        cls,
        clock: Clock,
        *,
        shedding: SheddingConfig | None = None,
        rate_limits: RateLimitsConfig | None = None,
        annotations: AnnotationsConfig | None = None,
        pods: KnownPods | None = None,
        redactor: Redactor | None = None,
        schema: SchemaPolicy = BUILT_IN,
    ) -> Policy:
        """What is not given is not done: nothing is replaced, left out or slowed down."""
        shedding = shedding or SheddingConfig()
        return cls(
            Describing(
                pods, annotations or AnnotationsConfig(), schema.wishes, schema.dialect_names
            ),
            redactor,
            Ladder.build(shedding, clock),
            Limits(rate_limits or RateLimitsConfig(), events.lines.reading_delayed),
            int(shedding.kept),
            schema,
        )
