"""Say of a container what its pod's metadata tells. Pure."""

from __future__ import annotations

import msgspec

from agent.metadata.pods import PodMetadata
from clew.wire.batch import Container


def enrich(container: Container, found: PodMetadata) -> Container:
    """
    The container with its pod's labels, QoS class, owner, and the name its labels give it.

    Call it once in a container's life, or its lines change whose they are in the middle.
    """
    return msgspec.structs.replace(
        container,
        workload=found.owner_name or container.workload,
        workload_kind=found.owner_kind,
        labels=found.labels,
        qos=found.qos,
        service=found.service or container.service,
    )
