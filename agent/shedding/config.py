"""`agent.shedding` and `agent.rate_limits`: what gives way when there is more than can be sent."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from agent.shedding.kinds import Kind
from agent.shedding.namespaces import Patterns
from agent.shedding.quantities import Seconds, Share, Size
from clew.runtime.config import Section

MEASURES = {"unread": "unread_bytes", "behind": "behind_seconds", "kept_share": "kept_share"}
"""The limits of a rung, and what of the `Backlog` each is about."""
MOST_RUNGS = 8
"""More steps than anybody tells apart; a rung is one value of what the agent reports."""


def _is_kind(found: Any) -> Any:
    if found in {"error", "fatal"}:
        raise ValueError(f"lines that tell of a failure are never shed: {', '.join(Kind)} may be")
    if found not in set(Kind):
        raise ValueError(f"one of {', '.join(Kind)} was expected")
    return found


class RungConfig(Section):
    """From which backlog on which lines are left out."""

    name: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$",
        description="What it is called in logs and reports: small letters, digits and hyphens.",
    )
    shed: list[Annotated[Kind, BeforeValidator(_is_kind)]] = Field(
        min_length=1,
        description="What is left out while it is in force. `info`, `warn` and `unknown` (lines "
        "without a level) only where they carry no ID of a transaction or trace.",
    )
    unread: Size | None = Field(
        default=None, description="It comes into force with so much unread on the node."
    )
    behind: Seconds | None = Field(
        default=None, description="Or when the oldest of it has waited so long."
    )
    kept_share: Share | None = Field(
        default=None,
        description="Or when so much of what the kubelet keeps of one container is unread.",
    )
    release_share: Share = Field(
        default=0.5,
        json_schema_extra={"default": "50%"},
        description="It goes out of force below this share of all its limits.",
    )
    namespaces: Patterns = Field(
        default=["*"], description="Whose lines it leaves out; `*` and `?` may stand in a name."
    )

    @field_validator("release_share")
    @classmethod
    def _is_lower(cls, share: float) -> float:
        if share >= 1:
            raise ValueError("less than 100% was expected, or it would come and go with every look")
        return share

    @model_validator(mode="after")
    def _has_a_limit(self) -> RungConfig:
        if not self.limits:
            raise ValueError(f"a limit was expected: one of {', '.join(MEASURES)}")
        return self

    @property
    def limits(self) -> dict[str, float]:
        """The limits that are set, by their names."""
        named = ((name, getattr(self, name)) for name in MEASURES)
        return {name: limit for name, limit in named if limit is not None}


class SheddingConfig(Section):
    """What is left out on purpose under load; without a ladder nothing ever is."""

    ladder: list[RungConfig] = Field(
        default=[],
        max_length=MOST_RUNGS,
        description="Rungs, in the order in which they come into force.",
    )
    never: Patterns = Field(
        default=[],
        description="Namespaces of which nothing is ever left out, whatever a rung says.",
    )
    kept: Size = Field(
        default=50 * 1024 * 1024,
        json_schema_extra={"default": "50MiB"},
        description="How much the kubelet keeps of one container, for `kept_share`: its "
        "containerLogMaxSize times its containerLogMaxFiles.",
    )
    seen_errors: int = Field(
        default=10_000,
        ge=100,
        le=1_000_000,
        description="Of how many IDs it is remembered that a line with them failed; some 150 "
        "bytes each.",
    )

    @field_validator("ladder")
    @classmethod
    def _is_a_ladder(cls, ladder: list[RungConfig]) -> list[RungConfig]:
        for name, count in Counter(rung.name for rung in ladder).items():
            if count > 1:
                raise ValueError(f"{count} rungs are called {name!r}")
        for measure in MEASURES:
            stated = [
                (rung.limits[measure], rung.name) for rung in ladder if measure in rung.limits
            ]
            for (low, first), (high, then) in pairwise(stated):
                if high < low:
                    raise ValueError(f"{then!r} comes after {first!r}, and has less {measure}")
        return ladder


class RateLimitConfig(Section):
    """How fast containers of some namespaces are read; without figures, as fast as they can be."""

    namespaces: Patterns = Field(
        default=["*"], description="Whose containers; `*` and `?` may stand in a name."
    )
    lines_per_second: float | None = Field(
        default=None, gt=0, le=1e9, description="Lines of one container in a second, on average."
    )
    bytes_per_second: Size | None = Field(
        default=None, description="Bytes of one container in a second, on average."
    )


class RateLimitsConfig(Section):
    """How fast one container is read. What is above it waits in its file, and may be lost there."""

    rules: list[RateLimitConfig] = Field(
        default=[], description="The first that names a container's namespace holds for it."
    )
    burst: Seconds = Field(
        default=10.0,
        json_schema_extra={"default": "10s"},
        description="So much of its rate a container that was quiet may catch up at once.",
    )
