"""The `alerting` part of the collector's section."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator


class AlertingConfig(BaseModel):
    """Which rules are evaluated, and who is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="Whether this collector evaluates rules.")
    alertmanagers: list[str] = Field(
        default=[],
        description="Addresses of Alertmanagers, such as http://alertmanager-0:9093; each replica "
        "by itself, never a load balancer.",
    )
    rules: list[str] = Field(
        default=[],
        description="Files of alert rules; the last part of a path may have wildcards.",
    )
    shipped_rules: bool = Field(default=True, description="Evaluate the rules that clew brings.")
    external_url: str = Field(
        default="http://127.0.0.1:8420",
        description="Where people reach the pages: what links in alerts begin with.",
    )
    interval_seconds: float = Field(
        default=15.0, ge=1, description="How often rules are evaluated, unless a group says it."
    )
    resend_seconds: float = Field(
        default=60.0, ge=1, description="How often an alert that fires is sent again."
    )

    @field_validator("alertmanagers")
    @classmethod
    def _urls(cls, urls: list[str]) -> list[str]:
        return [_url(url) for url in urls]

    @field_validator("external_url")
    @classmethod
    def _external_url(cls, url: str) -> str:
        return _url(url)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"http://HOST:PORT or https://HOST:PORT was expected (found {text!r})")
    if parts.username is not None:
        # It stands in metrics, on pages and in links.
        raise ValueError("an address with a name or a password in it would be shown to everybody")
    return text.rstrip("/")
