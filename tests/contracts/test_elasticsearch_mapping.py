"""What real servers make of our templates."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterator

import pytest

from clew.search.words import words
from clew.store.elasticsearch.log_store import ElasticsearchLogStore
from tests.contracts.running import put
from tests.support.documents import document
from tests.support.elasticsearch.installation import Installation
from tests.support.elasticsearch.server import ElasticsearchServer

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
