"""Policy files as people write them: `bad/policies/*.yaml` stands beside the message for each."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clew.policies import read_policy
from clew.runtime.errors import ConfigError
from clew.schema.policy.model import PolicyFile, RuleModel, SchemaModel, TransactionModel
from clew.schema.policy.rules import Mode
from tests.support.policies import policy

CONFIGS = Path(__file__).parents[3] / "configs"
GOOD, BAD = sorted(CONFIGS.glob("good/policies/*")), sorted(CONFIGS.glob("bad/policies/*.yaml"))


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_a_good_file_is_read(file: Path):
    read_policy(file.read_bytes(), file.name)


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_file_is_refused_with_all_that_is_wrong(file: Path):
    """Every mistake in one go, each with its place and, where one is near, what was meant."""
    with pytest.raises(ConfigError) as caught:
        read_policy(file.read_bytes(), file.name)
    assert f"{caught.value}\n" == file.with_suffix(".txt").read_text(encoding="utf-8")


SETTINGS = [
    *PolicyFile.model_fields,
    *SchemaModel.model_fields,
    *RuleModel.model_fields,
    *TransactionModel.model_fields,
]
WORDS = st.sampled_from([*SETTINGS, "schema", "off", "trace.id", "(?P<a>b)", "*", "8KiB", "info"])
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(), inner),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, VALUES))
def test_nothing_worse_than_a_config_error(document: dict[str, object]):
    """Whatever stands in the file."""
    text = yaml.safe_dump({"name": "test"} | document, allow_unicode=True)
    with suppress(ConfigError):
        read = read_policy(text.encode(errors="replace"))
        assert read.name.startswith(f"{document.get('name', 'test')}@")


def test_the_name_says_what_the_file_says():
    """Comments and the order of settings make no other policy of it, everything else does."""
    one = policy("rules: [{mode: off, namespaces: [a]}]").name
    assert policy("# hm\nrules: [{namespaces: [a], mode: 'off'}]").name == one
    assert policy("rules: [{mode: report, namespaces: [a]}]").name != one
    assert policy("name: other\nrules: [{mode: off, namespaces: [a]}]").name != one
    assert one.startswith("test@")
    assert len(one) == len("test@") + 8


def test_off_is_a_mode_though_yaml_calls_it_false():
    found = policy("schemas: {x: {mode: off}}\nrules: [{mode: off}, {schema: x, mode: enforce}]")
    assert found.schemas["x"].mode is Mode.OFF
    assert [rule.schema.mode for rule in found.rules] == [Mode.OFF, Mode.ENFORCE]


def test_a_schema_that_says_no_mode_only_reports():
    """Whoever writes a first policy does not lose sight of lines by a word left out."""
    assert policy("schemas: {x: {require: [trace.id]}}").schemas["x"].mode is Mode.REPORT
