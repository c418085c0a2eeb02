"""What real servers make of our templates."""

from __future__ import annotations

import asyncio
import math
import unicodedata
from collections.abc import Iterator

import pytest

from clew.search.words import words
from clew.store.elasticsearch.log_store import ElasticsearchLogStore
from clew.store.elasticsearch.series_store import ElasticsearchSeriesStore
from tests.contracts.running import put
from tests.contracts.series_running import put as put_scrapes
from tests.support.documents import NOON, document
from tests.support.elasticsearch.installation import Installation
from tests.support.elasticsearch.server import ElasticsearchServer
from tests.support.scrapes import NODE_1, NODE_2, sample, scrape, selection

# Unicode 3.2 is known to every Java and Python; what it calls a letter still is one.
OLD_CHARACTERS = [
    chr(code)
    for code in range(1, 0x30000)
    if unicodedata.ucd_3_2_0.category(chr(code)) not in {"Cn", "Co", "Cs"}
]
TURKISH_I = "\u0130"  # one letter in lower case for Java, two for Python
CHUNK = 4000


@pytest.fixture
def installation(each_elasticsearch: ElasticsearchServer) -> Iterator[Installation]:
    with Installation(each_elasticsearch) as installation:
        yield installation


def prepare(installation: Installation, *fields: dict[str, object]) -> None:
    async def write() -> None:
        store = await ElasticsearchLogStore.open(installation.config, writable=True)
        try:
            await put(store, *(document(n, each) for n, each in enumerate(fields)))
        finally:
            await store.close()

    asyncio.run(write())


def test_the_servers_words_are_ours(installation):
    """The analyzer parts and folds every character just as `clew.search.words` does."""
    prepare(installation, {})
    for start in range(0, len(OLD_CHARACTERS), CHUNK):
        characters = OLD_CHARACTERS[start : start + CHUNK]
        text = " ".join(f"a{each}B" for each in characters if each != TURKISH_I)
        question = {"analyzer": "clew_words", "text": text}
        answer = installation.ask(
            "POST", f"/{installation.prefix}-logs-2023.01.29/_analyze", question
        )
        assert [token["token"] for token in answer["tokens"]] == words(text)


def test_no_line_changes_a_mapping(installation):
    """Keys that nobody knows, and objects of them, leave the mapping as the template has it."""
    prepare(installation, {"unknown": 1, "deep": {"er": 2}, "labels": {"a": "b", "c": "d"}})
    template = installation.ask("GET", f"/_index_template/{installation.prefix}-logs")
    [wanted] = [each["index_template"]["template"] for each in template["index_templates"]]
    [index] = installation.ask("GET", f"/{installation.prefix}-logs-*/_mapping").values()
    assert set(index["mappings"]["properties"]) == set(wanted["mappings"]["properties"])
    assert index["mappings"]["_meta"]["managed_by"] == "clew"


def test_a_scrape_can_be_charted_without_clew(installation):
    """Figures are numbers by node for every program; no metric or label changes the mapping."""

    async def write() -> None:
        store = await ElasticsearchSeriesStore.open(installation.config, writable=True)
        for number, target in enumerate((NODE_1, NODE_2, NODE_2 | {"a.b": "c", "d": "e"})):
            said = [sample("node_load1", number), sample(f"metric_{number}", math.nan, new="label")]
            await put_scrapes(store, scrape(target, NOON, *said))
        assert len(await store.select(selection())) == 6  # they are searchable now
        await store.close()

    asyncio.run(write())
    path = f"/{installation.prefix}-metrics-2023.01.29"
    load = {"avg": {"field": "node.load1"}}
    by_node = {"terms": {"field": "kubernetes.node.name"}, "aggs": {"load": load}}
    answer = installation.ask("POST", f"{path}/_search", {"size": 0, "aggs": {"nodes": by_node}})
    buckets = answer["aggregations"]["nodes"]["buckets"]
    assert {each["key"]: each["load"]["value"] for each in buckets} == {"n1": 0, "n2": 1.5}
    template = installation.ask("GET", f"/_index_template/{installation.prefix}-metrics")
    [wanted] = [each["index_template"]["template"] for each in template["index_templates"]]
    [index] = installation.ask("GET", f"{path}/_mapping").values()
    assert set(index["mappings"]["properties"]) == set(wanted["mappings"]["properties"])


def test_a_newer_template_stays(installation):
    """An older process that starts once more does not undo what a newer one has put."""
    prepare(installation)
    name = f"/_index_template/{installation.prefix}-logs"
    pattern = f"{installation.prefix}-logs-*"
    newer = {"index_patterns": [pattern], "priority": 500, "version": 10_000}
    installation.ask("PUT", name, newer)
    prepare(installation)
    [kept] = installation.ask("GET", name)["index_templates"]
    assert kept["index_template"]["version"] == 10_000
