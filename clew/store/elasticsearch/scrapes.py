"""
Scrapes as documents, one for each target and time.

    _id            `scrape_id`: a target and a time are created once
    @timestamp     the time of the scrape
    labels         of the target, as one field however many there are
    kubernetes.*   of those labels the ones that log lines have too
    clew.target    `target_key`
    clew.metrics   the names of all metrics in it
    clew.packed    all series, in base64
    node.*         the well-known figures (`clew.schema.figures`)
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import orjson

from clew.promql.matchers import NAME
from clew.schema.fields import NAMESPACE, POD, TIMESTAMP
from clew.schema.figures import figures
from clew.schema.sample import Scrape, scrape_id, target_key, unpack_samples
from clew.schema.timestamps import format_rfc3339
from clew.store.elasticsearch import bulk
from clew.store.elasticsearch.indices import Indices
from clew.store.elasticsearch.searching import RawHit
from clew.store.series import SeriesFold, check_time

LABELS, TARGET, METRICS, PACKED = "labels", "clew.target", "clew.metrics", "clew.packed"

FIELDS_OF_LABELS = {
    "cluster": "kubernetes.cluster",
    "node": "kubernetes.node.name",
    "namespace": NAMESPACE,
    "pod": POD,
}
"""So that one filter holds for log lines and scrapes: Kibana does not chart by `labels`."""

READ = [TARGET, LABELS, PACKED]
"""What of a document a selection needs besides its time, which is what it is sorted by."""


def creation(indices: Indices, scrape: Scrape) -> bytes:
    """The lines of a bulk that create a scrape. Raises ValueError for one that can't be stored."""
    check_time(scrape)
    index = indices.of_scrape(scrape.time)
    return bulk.creation(index, scrape_id(scrape), orjson.dumps(_source(scrape)))


def add(fold: SeriesFold, hit: RawHit) -> None:
    """Take a hit of a search that is sorted by time first."""
    source = hit["_source"]
    fold.add(source[TARGET], source[LABELS], hit["sort"][0], b64decode(source[PACKED]))


def _source(scrape: Scrape) -> dict[str, Any]:
    samples = list(unpack_samples(scrape.packed))
    target = scrape.target
    return {
        TIMESTAMP: format_rfc3339(scrape.time),
        LABELS: target,
        TARGET: target_key(target),
        METRICS: sorted({target.get(NAME, sample.name) for sample in samples}),
        PACKED: b64encode(scrape.packed).decode(),
        **{field: target[name] for name, field in FIELDS_OF_LABELS.items() if name in target},
        **figures(samples),
    }
