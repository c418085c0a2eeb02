"""
The books of a running agent, as its `/metrics` shows them: do they balance?

    written = stored + in flight + not read + gaps + excluded                    (bytes)
    lines stored = indexed + quarantined + joined + shed + open                  (lines and pieces)

They hold at any moment, and whoever ends an agent (`Process`, `Up`) has them checked before.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter, defaultdict

from prometheus_client.parser import text_string_to_metric_families

_PREFIX = "clew_agent_container_"
_BYTES = ("stored_bytes_total", "in_flight_bytes", "unread_bytes", "gap_bytes_total")
_LINES = ("records_total", "joined_pieces_total", "shed_lines_total", "open_pieces")

Figures = dict[tuple[str, str, str], Counter[str]]


def books_in(metrics: str) -> Figures:
    """Namespace, pod and container -> figures by the ends of their names."""
    found: Figures = defaultdict(Counter)
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name.startswith(_PREFIX) and not sample.name.endswith("_created"):
                labels = sample.labels
                container = labels["namespace"], labels["pod"], labels["container"]
                found[container][sample.name.removeprefix(_PREFIX)] += int(sample.value)
    return dict(found)


def problems_of(books: Figures) -> list[str]:
    """What does not add up, container by container."""
    problems = []
    for container, figures in books.items():
        accounted = sum(figures[name] for name in (*_BYTES, "excluded_bytes_total"))
        if figures["written_bytes_total"] != accounted:
            problems.append(f"{container}: bytes written are not accounted for: {dict(figures)}")
        if figures["stored_lines_total"] != sum(figures[name] for name in _LINES):
            problems.append(f"{container}: lines stored are not accounted for: {dict(figures)}")
    return problems


def books_of(url: str) -> Figures:
    """None of any container where it does not answer at this moment."""
    try:
        with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
            return books_in(answer.read().decode())
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return {}


def assert_balanced(url: str) -> None:
    """Fails where the books of the agent at this address do not balance; one may be gone."""
    assert problems_of(books_of(url)) == []
