"""
`agent.annotations`: what pods of which namespace may ask of the agent.

By default everything but `exclude`. Whoever may create a pod could hide it from everybody with
that, and nothing would say so: lines that are not read are in no count. The others lose nothing in
silence: under a wrong dialect or schema a line is quarantined, where it can be searched and read,
or indexed without a look at it; a rate limit can only hold a pod back further, and what the kubelet
deletes meanwhile is a gap, which is counted and told in the answers.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from agent.metadata.annotations import Annotation
from agent.shedding.namespaces import Patterns, named
from clew.runtime.config import Section

ALL_BUT_EXCLUDE = [each for each in Annotation if each is not Annotation.EXCLUDE]


def _is_annotation(found: Any) -> Any:
    if found not in set(Annotation):
        raise ValueError(f"one of {', '.join(Annotation)} was expected")
    return found


class AnnotationRule(Section):
    """What pods of some namespaces may ask for in annotations `clew/...`."""

    namespaces: Patterns = Field(
        default=["*"], description="Whose pods; `*` and `?` may stand in a name."
    )
    allow: list[Annotated[Annotation, BeforeValidator(_is_annotation)]] = Field(
        description="Of `exclude`, `dialect`, `schema` and `rate-limit`; with `[]` nothing."
    )


class AnnotationsConfig(Section):
    """Which annotations of pods count."""

    rules: list[AnnotationRule] = Field(
        default=[],
        description="The first that names a pod's namespace holds for it; where none does, "
        "everything but `exclude` is allowed.",
    )

    def allowed(self, namespace: str) -> frozenset[Annotation]:
        for rule in self.rules:
            if named(namespace, rule.namespaces):
                return frozenset(rule.allow)
        return frozenset(ALL_BUT_EXCLUDE)
