"""
ECS logging that is not canonical: nested, or with keys of its own.

https://www.elastic.co/docs/reference/ecs/logging/intro. One object may have `log.level` dotted and
`log` nested beside it; flattened, they are one case. Elastic's libraries for Java, Python, Node and
Go write this, Spring Boot's `ecs` (flat before 3.5, nested from then on), and log4j2's
EcsLayout.json, whose IDs are among the labels.
"""

from __future__ import annotations

from clew.schema.dialects.dialect import JsonDialect

ECS = JsonDialect(
    "ecs",
    marks=(
        ("@timestamp", "log.level"),
        ("log.level", "ecs.version"),
        ("@timestamp", "ecs.version"),
    ),
)

DIALECTS = (ECS,)
