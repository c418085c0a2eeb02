from __future__ import annotations

import pytest

from clew.runtime.config import read_one
from clew.runtime.errors import ConfigError
from collector.config import CollectorConfig

STORE = {"kind": "embedded", "path": "/data/store"}


def read(**section: object) -> CollectorConfig:
    return read_one({"collector": {"store": STORE, **section}}, "collector", CollectorConfig)


def test_loopback_needs_no_token():
    assert read().token_file is None
    assert read(listen="[::1]:8421").token_file is None


def test_an_address_that_others_can_reach_needs_a_token():
    with pytest.raises(ConfigError, match=r"collector\.token_file: other machines can reach"):
        read(listen="0.0.0.0:8421")
    assert read(listen="0.0.0.0:8421", token_file="/etc/clew/token").token_file is not None


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        read(listen="nowhere", batch_bytes=1, batches_at_once=0)
    assert {problem.path for problem in caught.value.problems} == {
        "collector.listen",
        "collector.batch_bytes",
        "collector.batches_at_once",
    }


def test_every_setting_says_what_it_is():
    assert all(field.description for field in CollectorConfig.model_fields.values())
