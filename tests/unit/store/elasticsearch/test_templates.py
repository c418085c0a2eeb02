"""What the index templates say, before a server has seen them."""

from __future__ import annotations

import pytest

from clew.schema.document import Collection
from clew.schema.fields import FIELDS, FieldType
from clew.schema.figures import FIGURES
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.templates import log_templates, series_templates, state_templates

INDICES = Indices("clew")


@pytest.mark.parametrize("collection", Collection)
def test_every_field_that_can_be_searched_is_mapped(collection):
    """The mapping holds the table of fields, all of it but what is only kept, and nothing else."""
    template = log_templates(INDICES, None)[f"clew-{collection}"]["template"]
    searched = {name for name, field in FIELDS.items() if field.type is not FieldType.STORED}
    assert set(template["mappings"]["properties"]) == searched
    assert template["mappings"]["dynamic"] is False


def test_only_the_quarantine_takes_what_does_not_fit():
    """Logs refuse a malformed number, so that it is quarantined; the quarantine leaves it out."""
    templates = log_templates(INDICES, None)
    lenient = {
        name: template["template"]["settings"]["index"]["mapping"]["ignore_malformed"]
        for name, template in templates.items()
    }
    assert lenient == {"clew-logs": False, "clew-quarantine": True}


def test_the_number_of_replicas_is_the_clusters_unless_given():
    """Without a number the template does not name one."""
    for replicas in (None, 0, 2):
        for template in log_templates(INDICES, replicas).values():
            settings = template["template"]["settings"]["index"]
            assert settings.get("number_of_replicas") == replicas


def test_templates_match_our_indices_only():
    """No two patterns meet, and none is wider than an installation."""
    templates = log_templates(INDICES, None) | series_templates(INDICES) | state_templates(INDICES)
    patterns = [pattern for each in templates.values() for pattern in each["index_patterns"]]
    assert patterns == ["clew-logs-*", "clew-quarantine-*", "clew-metrics-*", "clew-state"]


def test_every_figure_is_a_number_and_no_metric_is_a_field():
    """Figures are mapped as doubles; what else a scrape holds has a few fields for all."""
    mappings = series_templates(INDICES)["clew-metrics"]["template"]["mappings"]
    types = {name: field["type"] for name, field in mappings["properties"].items()}
    assert {name for name, kind in types.items() if kind == "double"} == set(FIGURES)
    assert types["clew.packed"] == "binary"
    assert types["labels"] == "flattened"
    assert mappings["dynamic"] is False
