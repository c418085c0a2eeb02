"""
The text a target answers with -> samples, as Prometheus would take them.

    name{label="value",...} value [timestamp]          # comments: TYPE and HELP

A text is taken whole or not at all: a target that tells half of it would look like one whose other
half has vanished. What a target says of itself with the name of one of its target's labels becomes
`exported_<name>`. Of series that stand there twice the first counts. Timestamps in the text are
not used: the samples of a scrape have one time, that of the scrape.

The text is a stranger's. The parser's time grows with the square of a line's length, so lines are
bounded, and whoever asks says when it is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from prometheus_client.parser import text_string_to_metric_families

from clew.schema.sample import Labels, Sample

LINE_CHARACTERS = 16 * 1024
"""The longest line: 8,000 escaped quotes in one cost 30 ms."""
LABELS = 64
"""The most labels of one series; Kubernetes' own metrics have up to 20."""

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)


class ExpositionError(ValueError):
    """Not the text format of Prometheus."""


class TooManySamplesError(ExpositionError):
    """More series than may come from one target."""


def parse_exposition(
    body: bytes, target: Mapping[str, str], limit: int, over: Callable[[], bool]
) -> list[Sample]:
    """
    The samples of a text, at most `limit` of them, without those the agent adds itself.

    Raises ExpositionError with a sentence, and TimeoutError as soon as it is `over`.
    """
    samples: list[Sample] = []
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for sample in _parsed(_without_comments(body)):
        if over():
            raise TimeoutError("the text takes too long to parse")
        if len(seen) >= limit:
            raise TooManySamplesError(f"more than {limit} samples")
        name, labels, value = sample
        labels = resolved(labels, target)
        key = (name, frozenset(labels.items()))
        if key not in seen:
            seen.add(key)
            if name not in OWN_NAMES:
                samples.append(Sample(name, labels, value))
    return samples


OWN_NAMES = frozenset({"up", "scrape_duration_seconds", "scrape_samples_scraped"})
"""What is said of every scrape, and no target can say of itself."""


def resolved(labels: Mapping[str, str], target: Mapping[str, str]) -> Labels:
    """
    A series' own labels without empty ones, and with those that clash renamed.

    As Prometheus does with `honor_labels: false`: `exported_` is put before a name until it is
    free.
    """
    own = {name: value for name, value in labels.items() if value}
    for name in sorted(own.keys() & target.keys()):
        value, free = own.pop(name), f"exported_{name}"
        while free in own or free in target:
            free = f"exported_{free}"
        own[free] = value
    return own


def _without_comments(body: bytes) -> str:
    """
    The lines with samples.

    Without its TYPE the parser leaves names as they are: `requests`, a counter, is not made
    `requests_total`.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ExpositionError(f"not UTF-8: {error}") from error
    lines = [
        line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")
    ]
    for line in lines:
        if len(line) > LINE_CHARACTERS:
            raise ExpositionError(f"a line of {len(line)} characters: {line[:80]!r}...")
        # The parser takes `nan` for a sample of `na`.
        if not any(mark in line.strip() for mark in " \t}"):
            raise ExpositionError(f"no sample: {line[:80]!r}")
    return "\n".join(lines)


def _parsed(text: str) -> Iterator[Sample]:
    """Samples as the library reads them. Raises ExpositionError, also for what it lets through."""
    families = text_string_to_metric_families(text)
    try:
        for family in families:
            for name, labels, value, *_ in family.samples:
                _check(name, labels)
                yield Sample(name, labels, float(value))
    # What the parser raises for broken text, besides ValueError: found by fuzzing.
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        if isinstance(error, ExpositionError):
            raise
        raise ExpositionError(f"not Prometheus text: {str(error)[:200] or error!r}") from error


def _check(name: str, labels: Mapping[str, str]) -> None:
    if not _NAME.fullmatch(name):
        raise ExpositionError(f"no name of a metric: {name[:80]!r}")
    if len(labels) > LABELS:
        raise ExpositionError(f"{name[:80]!r} has {len(labels)} labels")
    for label in labels:
        if label == "__name__" or not _LABEL.fullmatch(label):
            raise ExpositionError(f"no name of a label: {label[:80]!r}")
