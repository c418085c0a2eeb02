"""What a `store` section may say, and the sentence for each mistake."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from clew.store.config import StoreConfig

ELASTIC = {"kind": "elasticsearch", "urls": ["https://es-1:9200"]}


def messages(section: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        StoreConfig.model_validate(section)
    return "\n".join(error["msg"] for error in caught.value.errors())


@pytest.mark.parametrize(
    "section",
    [
        {"path": "/var/lib/clew"},
        {"kind": "embedded", "path": "/var/lib/clew"},
        ELASTIC,
        ELASTIC | {"username": "clew", "password_file": "/secrets/password"},
        ELASTIC | {"api_key_file": "/secrets/key", "ca_file": "/secrets/ca.pem"},
        ELASTIC | {"index_prefix": "team-1.logs"},
    ],
)
def test_sections_that_fit_together_are_taken(section):
    """The embedded store needs a path, Elasticsearch its addresses; all else is optional."""
    config = StoreConfig.model_validate(section)
    assert config.index_prefix == section.get("index_prefix", "clew")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({}, "the embedded store needs `path`"),
        ({"path": "/x", "urls": ["http://es:9200"]}, "`urls`: for Elasticsearch only"),
        ({"path": "/x", "username": "clew"}, "`username`: for Elasticsearch only"),
        ({"kind": "elasticsearch"}, "Elasticsearch needs `urls`"),
        (ELASTIC | {"path": "/x"}, "`path`: for the embedded store only"),
        (ELASTIC | {"urls": ["es:9200"]}, "'es:9200' does not begin with http:// or https://"),
        (ELASTIC | {"username": "clew"}, "`username` and `password_file` go together"),
        (
            ELASTIC | {"username": "u", "password_file": "/p", "api_key_file": "/k"},
            "`api_key_file` and `username` exclude each other",
        ),
        (ELASTIC | {"index_prefix": "Clew"}, "should match pattern"),
        (ELASTIC | {"url": "http://es:9200"}, "Extra inputs are not permitted"),
        ({"kind": "sqlite", "path": "/x"}, "Input should be 'embedded' or 'elasticsearch'"),
    ],
)
def test_what_does_not_fit_is_said(section, said):
    """Each mistake has a sentence that names the keys at fault."""
    assert said in messages(section)


def test_all_mistakes_are_said_at_once():
    """Who made three mistakes reads of three."""
    said = messages({"kind": "elasticsearch", "path": "/x", "username": "clew"})
    assert "`urls`" in said
    assert "`path`" in said
    assert "`password_file`" in said


def test_every_key_is_described():
    """The generated page of the configuration has a sentence for each key."""
    assert all(field.description for field in StoreConfig.model_fields.values())
