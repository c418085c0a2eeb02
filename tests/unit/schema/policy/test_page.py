"""What docs/policy.md shows can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from agent.config import AgentConfig
from agent.metadata.annotations import Annotation, parse_annotations
from clew.runtime.config import read_one
from clew.schema.policy.model import PolicyFile
from clew.search.parsing import parse
from collector.config import CollectorConfig
from tests.support.policies import policy

PAGE = (Path(__file__).parents[4] / "docs" / "policy.md").read_text(encoding="utf-8")
BLOCKS = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
POLICIES = [block for block in BLOCKS if block.keys() <= {*PolicyFile.model_fields}]
OTHERS = [block for block in BLOCKS if block not in POLICIES]


@pytest.mark.parametrize("block", POLICIES)
def test_policies(block: dict[str, object]):
    """Whole ones, and parts of one that has the schema that the page begins with."""
    whole = {"name": "page", "schemas": POLICIES[0]["schemas"]} | block
    assert policy(yaml.safe_dump(whole, sort_keys=False)).name


def test_configurations_and_annotations():
    store = {"kind": "embedded", "path": "/store"}
    for block in OTHERS:
        if "agent" in block:
            read_one({"agent": block["agent"]}, "agent", AgentConfig)
        if "collector" in block:
            section = block["collector"] | {"store": store}
            read_one({"collector": section}, "collector", CollectorConfig)
        if "metadata" in block:
            annotations = block["metadata"]["annotations"]
            _, problems = parse_annotations(
                annotations,
                allowed=list(Annotation),
                schemas=policy("").wishes,
                dialects=policy("").dialect_names,
            )
            assert problems == []
    assert len(OTHERS) == 4


def test_searches():
    searches = re.findall(r"clew search '(.*)'", PAGE)
    assert len(searches) == 2
    for each in searches:
        parse(each)
