"""The pages that come from code."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from scripts.pages.configuration import Setting, settings
from scripts.pages.metrics import metrics
from scripts.pages.tables import table


class Disk(BaseModel):
    path: Path = Field(description="Where.")


class Example(BaseModel):
    name: str = Field(default_factory=lambda: "this machine's", description="Who.")
    size_bytes: int = Field(default=5, ge=1, le=9, description="How much.")
    token: str | None = Field(default=None, description="What opens it.")
    disk: Disk = Field(description="Never shown: its settings are.")
    spare: Disk | None = None
    others: list[Disk] = Field(default=[], description="Never shown: their settings are.")
    labels: dict[str, str] = Field(default={}, description="Of what.")


def test_nested_settings_have_dotted_paths_and_limits() -> None:
    assert list(settings("agent", Example.model_json_schema())) == [
        Setting("agent.name", "string", "by the machine", "Who."),
        Setting("agent.size_bytes", "integer", "`5`", "How much. (at least 1, at most 9)"),
        Setting("agent.token", "string or nothing", "nothing", "What opens it."),
        Setting("agent.disk.path", "path", "required", "Where."),
        Setting("agent.spare.path", "path", "required", "Where."),
        Setting("agent.others[].path", "path", "required", "Where."),
        Setting("agent.labels", "mapping to string", "nothing", "Of what."),
    ]


def test_the_name_of_this_machine_gets_into_no_page() -> None:
    """A default that is computed is not evaluated: the page is the same wherever it is made."""
    assert "this machine's" not in str(list(settings("agent", Example.model_json_schema())))


def test_metrics_have_the_names_that_prometheus_sees() -> None:
    rows = {name: (kind, labels) for name, kind, labels, _ in metrics("agent.events")}
    assert rows["`clew_agent_records_total`"] == ("counter", "`outcome`")
    assert rows["`clew_agent_files`"] == ("gauge", "")


def test_series_that_are_collected_have_theirs_too() -> None:
    rows = {name: (kind, labels) for name, kind, labels, _ in metrics("agent.books")}
    labels = "`namespace`, `pod`, `container`"
    assert rows["`clew_agent_container_written_bytes_total`"] == ("counter", labels)
    assert rows["`clew_agent_container_records_total`"] == ("counter", f"{labels}, `outcome`")
    assert rows["`clew_agent_container_unread_bytes`"] == ("gauge", labels)


def test_no_cell_breaks_its_table() -> None:
    assert table(("a", "b"), [("x|y", "two\nlines")])[2:] == ["| x\\|y | two lines |"]
