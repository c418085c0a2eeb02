from __future__ import annotations

import pytest

from clew.runtime.config import read_one
from clew.runtime.errors import ConfigError
from query.config import QueryConfig

STORE = {"kind": "embedded", "path": "/data/store"}


def read(**section: object) -> QueryConfig:
    return read_one({"query": {"store": STORE, **section}}, "query", QueryConfig)


def test_loopback_needs_no_token():
    assert str(read().address) == "127.0.0.1:8420"
    assert read(listen="[::1]:1").address.loopback


def test_an_address_that_others_can_reach_needs_a_token():
    with pytest.raises(ConfigError) as error:
        read(listen="0.0.0.0:8420")
    assert str(error.value) == (
        "1 mistake in the configuration:\n"
        "  query.token_file: other machines can reach 0.0.0.0:8420, so a token file is needed"
    )
    assert read(listen="0.0.0.0:8420", token_file="/etc/clew/token").token_file is not None


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError) as error:
        read(listen="nowhere", request_timeout_seconds=0, tokenfile="x")
    assert {problem.path for problem in error.value.problems} == {
        "query.listen",
        "query.request_timeout_seconds",
        "query.tokenfile",
    }


def test_every_setting_says_what_it_is():
    assert all(field.description for field in QueryConfig.model_fields.values())
