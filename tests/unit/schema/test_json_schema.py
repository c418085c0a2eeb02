"""The printed JSON Schemas say what the code does, as another validator reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bench.inputs import canonical_lines
from clew.schema.fields import FIELDS
from clew.schema.json_schema import policy_schema, record_schema
from clew.schema.record import SCHEMA_VERSION, decode_canonical

CONFIGS = Path(__file__).parents[2] / "configs"
RECORD = jsonschema.Draft202012Validator(record_schema())
POLICY = jsonschema.Draft202012Validator(policy_schema())


def test_they_are_schemas():
    for schema in (record_schema(), policy_schema()):
        jsonschema.Draft202012Validator.check_schema(schema)
    assert str(SCHEMA_VERSION) in record_schema()["title"]
    described = record_schema()["properties"]
    assert {name: stated["description"] for name, stated in described.items()} == {
        name: FIELDS[name].meaning for name in described
    }


def test_canonical_lines_fit():
    for _, line in islice(canonical_lines(200), 200):
        assert decode_canonical(line) is not None
        RECORD.validate(json.loads(line))


WHOLE: dict[str, Any] = {"log.level": "info", "message": "m", "labels": {"a": "b"}}
TIMES = ["2023-01-29T08:42:09.736Z", "1969-01-01T00:00:00Z", "2023-13-01T00:00:00Z", "noon"]
LABELS = [{}, {"": "x"}, {"traceId": "x"}, {"a\0": "x"}, {"a": 1}, {"a": "x" * 8192}]
NUMBERS = [0, -1, 999, 1000, 2**63, 1.5]
VALUES = st.sampled_from(
    [*TIMES, *LABELS, *NUMBERS, "", "x", "x" * 1024, "x" * 1025, None, True, []]
)
NAMES = st.sampled_from([*record_schema()["properties"], "extra", "kubernetes.namespace"])


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.booleans())
def test_a_line_is_canonical_where_it_fits(changes: dict[str, Any], whole: bool):
    """Each key stands once in these, and the days are in the calendar."""
    row = (WHOLE if whole else {}) | changes
    canonical = decode_canonical(json.dumps(row).encode()) is not None
    assert canonical == RECORD.is_valid(row)


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("good/policies/*")), ids=lambda f: f.stem)
def test_good_policies_fit(file: Path):
    POLICY.validate(yaml.safe_load(file.read_text()))


BROKEN: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda policy: policy.pop("name"), "'name' is a required property"),
    (lambda policy: policy.update(rule=[]), "'rule' was unexpected"),
    (lambda policy: policy["schemas"]["strict"].update(mode="on"), "'on' is not one of"),
    (lambda policy: policy["schemas"]["strict"].update(levels=["loud"]), "'loud'"),
    (lambda policy: policy["schemas"]["strict"].update(require=["trace_id"]), "'trace_id'"),
    (lambda policy: policy["schemas"]["strict"].update(most_labels=257), "257 is not valid"),
    (lambda policy: policy["rules"][0].update(namespaces=[]), r"\[\] (is too short|should be)"),
]


@pytest.mark.parametrize(("harm", "message"), BROKEN)
def test_broken_policies_do_not(harm: Callable[[dict[str, Any]], object], message: str):
    document = yaml.safe_load((CONFIGS / "good/policies/everything.yaml").read_text())
    harm(document)
    with pytest.raises(jsonschema.ValidationError, match=message):
        POLICY.validate(document)
