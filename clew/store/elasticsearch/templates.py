"""
Index templates, generated from `clew.schema.fields` and `clew.schema.figures`.

No line can change a mapping: whatever is not in the table of fields is kept and given back, but
not indexed, and `labels` is one field however many keys it has. Names are flat (`subobjects:
false`), so an application's `{"service": {...}}` is neither mapped nor refused.

The template of the quarantine differs in one thing: a number or a time that is none is left out
of the index instead of refused. What that does not cover is in `unfit`.

A template says how *new* indices are made; a change of it takes effect with the next day.
"""

from __future__ import annotations

from typing import Any

from clew.schema.document import Collection
from clew.schema.fields import FIELDS, TIMESTAMP, FieldType
from clew.schema.figures import FIGURES
from clew.search.words import WORD_CHARACTERS
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.scrapes import FIELDS_OF_LABELS, LABELS, METRICS, PACKED, TARGET

Template = dict[str, Any]
"""The body of an index template, as keywords of the client's `put_index_template`."""

VERSION = 2
"""Grows with every change of what is here; an older process leaves a newer template alone."""

PRIORITY = 500
"""Above Elasticsearch's own templates for logs (100), and a site's usual catch-alls."""

IGNORE_ABOVE = 8191
"""Lucene refuses terms of more than 32,766 bytes; a UTF-16 unit has three at most."""

_REFRESH_INTERVAL = "5s"
"""Who needs to see everything asks for a refresh."""

_WORDS = "clew_words"

_ANALYSIS = {
    # `clew.search.words`, in Java's spelling.
    "tokenizer": {
        _WORDS: {
            "type": "pattern",
            "pattern": rf"[\p{{L}}\p{{N}}]{{1,{WORD_CHARACTERS}}}",
            "group": 0,
        }
    },
    "analyzer": {_WORDS: {"type": "custom", "tokenizer": _WORDS, "filter": ["lowercase"]}},
}

_MAPPINGS: dict[FieldType, dict[str, Any]] = {
    FieldType.KEYWORD: {"type": "keyword", "ignore_above": IGNORE_ABOVE},
    # Answers come in order of time, so nothing ever asks for a score.
    FieldType.TEXT: {"type": "text", "analyzer": _WORDS, "norms": False},
    FieldType.LONG: {"type": "long"},
    FieldType.TIME: {"type": "date_nanos"},
    FieldType.LABELS: {"type": "flattened", "ignore_above": IGNORE_ABOVE, "depth_limit": 2},
}
"""STORED fields have no mapping: under `dynamic: false` they are kept in the source alone."""


def log_templates(indices: Indices, replicas: int | None) -> dict[str, Template]:
    """By their names; `replicas` None leaves their number to the cluster."""
    return {
        f"{indices.prefix}-{collection}": _of_collection(indices, collection, replicas)
        for collection in Collection
    }


def state_templates(indices: Indices) -> dict[str, Template]:
    settings = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
    properties = {
        "key": {"type": "keyword"},
        "value": {"type": "binary"},
        "expires": {"type": "long"},
    }
    return {indices.state: _template(indices.state, settings, properties)}


def series_templates(indices: Indices) -> dict[str, Template]:
    """
    A document is a target's scrape, whatever its metrics are called (`scrapes`).

    No label creates a mapping. Only clew reads `clew.packed`; it is kept, and never searched.
    """
    settings = {
        "codec": "best_compression",
        "refresh_interval": _REFRESH_INTERVAL,
        # Scrapes of a target side by side: a day of a node is read two to three times as fast, and
        # writing takes no longer (docs/adr/0005).
        "sort": {"field": [TARGET, TIMESTAMP], "order": ["asc", "asc"]},
    }
    keyword = _MAPPINGS[FieldType.KEYWORD]
    properties = {
        TIMESTAMP: _MAPPINGS[FieldType.TIME],
        LABELS: _MAPPINGS[FieldType.LABELS],
        TARGET: keyword,
        METRICS: keyword,
        PACKED: {"type": "binary"},
        **dict.fromkeys(FIELDS_OF_LABELS.values(), keyword),
        **{name: {"type": "double"} for name in FIGURES},
    }
    pattern = indices.pattern_of_scrapes()
    return {f"{indices.prefix}-metrics": _template(pattern, settings, properties)}


def _of_collection(indices: Indices, collection: Collection, replicas: int | None) -> Template:
    settings: dict[str, Any] = {
        "analysis": _ANALYSIS,
        "codec": "best_compression",
        "refresh_interval": _REFRESH_INTERVAL,
        "mapping": {"ignore_malformed": collection is Collection.QUARANTINE},
    }
    if replicas is not None:
        settings["number_of_replicas"] = replicas
    properties = {
        field.name: _MAPPINGS[field.type] for field in FIELDS.values() if field.type in _MAPPINGS
    }
    return _template(indices.pattern([collection]), settings, properties)


def _template(pattern: str, settings: dict[str, Any], properties: dict[str, Any]) -> Template:
    about = {"managed_by": "clew", "version": VERSION}
    mappings = {
        "_meta": about,
        "dynamic": False,
        "subobjects": False,
        "properties": properties,
    }
    return {
        "index_patterns": [pattern],
        "priority": PRIORITY,
        "version": VERSION,
        "meta": about,
        "template": {"settings": {"index": settings}, "mappings": mappings},
    }
