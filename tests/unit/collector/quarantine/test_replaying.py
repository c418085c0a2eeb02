from __future__ import annotations

from typing import Any

import orjson
import pytest

from clew.schema.document import Collection, Document
from clew.schema.line import Flag
from clew.schema.rejection import Reason
from clew.store.protocols import Hit
from collector.indexing.documents import DocumentBuilder
from collector.quarantine.replaying import Rules, replayed
from tests.support.batches import batch, part, part_of
from tests.support.documents import NOON, decoded
from tests.support.policies import policy
from tests.support.quarantined import MENDED, TRACE, documents_of, quarantined, refused_row


def hit(document: Document) -> Hit:
    return Hit(document.id, document.collection, decoded(document))


def again(document: Document) -> Document:
    """The one document that a quarantined one would be today."""
    made = replayed(hit(document))
    assert not isinstance(made, Reason)
    [only] = made
    return only


def fresh(*contents: bytes) -> list[Document]:
    """The documents of these lines, if they arrived today."""
    return DocumentBuilder(batch(part_of(*contents)), NOON).build()


@pytest.mark.parametrize(
    "content",
    [
        MENDED,
        b'{"msg":"paid","level":30,"order":{"id":"O-17"}}',
        b"2023-01-29 08:42:09 INFO paid order_id=O-17",
        b'{"message":"m","service.name":"till","level":"info"}',
        "caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode(),
    ],
)
def test_a_replayed_line_is_what_it_would_have_been_at_first(content: bytes):
    """The very document that its agent would have made of it today, metadata and all."""
    [kept], [today] = quarantined(content), fresh(content)
    made = again(kept)
    assert (made.collection, made.id, made.time) == (Collection.LOGS, today.id, today.time)
    assert decoded(made) == decoded(today)


def test_a_canonical_line_keeps_its_bytes():
    """Digits that a decoder would round, and white space, are as they were written."""
    line = b'{ "log.level": "info", "message": "m", "event.duration": 9007199254740993 }'
    [kept] = quarantined(line)
    assert line[1:].lstrip() in again(kept).source
    assert decoded(again(kept))["clew.dialect"] == "canonical"


def test_bytes_that_are_no_text_come_back_exactly():
    """`clew.raw` has what `event.original` can't say; such a line is still refused."""
    [kept] = quarantined(b"caf\xe9 trace_id=" + TRACE.encode(), reason=Reason.TOO_DEEP)
    assert "clew.raw" in decoded(kept)
    assert replayed(hit(kept)) is Reason.INVALID_UTF8


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"message":"one","message":"two"}', Reason.DUPLICATE_KEY),
        (b'{"message":', Reason.INVALID_JSON),
        (b'{"level":"info"}', Reason.MISSING_FIELD),
        (b"x" * (1024 * 1024 + 1), Reason.TOO_LONG),
    ],
)
def test_what_is_still_refused_stays_for_the_reason_of_today(content: bytes, reason: Reason):
    [kept] = quarantined(content, reason=Reason.NOT_CANONICAL)
    assert replayed(hit(kept)) is reason


def test_a_line_of_many_records_is_as_many_documents():
    """With the IDs that they would have had at first; the first of them has the line's own."""
    records = [
        {"timeUnixNano": "1674982800000000000", "body": {"stringValue": text}, "severityNumber": 9}
        for text in ("one", "two", "three")
    ]
    line = orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]})
    [kept], today = quarantined(line), fresh(line)
    made = replayed(hit(kept))
    assert not isinstance(made, Reason)
    assert [each.id for each in made] == [each.id for each in today]
    assert made[0].id == kept.id
    assert [decoded(each) for each in made] == [decoded(each) for each in today]


def test_what_no_runtime_wrote_stays():
    """Its bytes are no line: where the line begins in them is what nobody knows."""
    [kept] = quarantined(b"this is no line of a runtime", reason=Reason.BAD_FRAMING)
    assert replayed(hit(kept)) is Reason.BAD_FRAMING


def test_a_piece_that_was_never_joined_says_so_afterwards():
    """What is known of its framing stays, what a policy found wanting is found anew."""
    rejected = refused_row(MENDED)
    unfinished = rejected._replace(flags=rejected.flags | int(Flag.UNFINISHED))
    [kept] = documents_of([unfinished])
    assert decoded(again(kept))["clew.violations"] == ["unfinished_line"]
    source = decoded(kept) | {"clew.violations": ["missing_field:trace.id"]}
    made = replayed(Hit(kept.id, Collection.QUARANTINE, source))
    assert not isinstance(made, Reason)
    assert "clew.violations" not in decoded(made[0])


@pytest.mark.parametrize(
    "content",
    [MENDED, b"plain text, trace_id=" + TRACE.encode(), b'{"msg":"m","level":50,"a":{"b":1}}'],
)
def test_what_a_store_refused_is_the_same_record_again(content: bytes):
    """Its line was never here; the record that was made of it is, and reads as itself."""
    sent = batch(part_of(content))
    refused = DocumentBuilder(sent, NOON).build_refused({0: "field too large"})[0]
    assert decoded(refused)["clew.reason"] == Reason.REFUSED_BY_STORE
    first, made = decoded(fresh(content)[0]), decoded(again(refused))
    # In which dialect its line was written is not known any more.
    del made["clew.dialect"], first["clew.dialect"]
    assert made == first


def test_what_cannot_be_read_stays_and_raises_nothing():
    """A foreign agent may have written anything into it, as long as it is a text."""
    [kept] = quarantined(MENDED)
    for odd in ({"clew.raw": "not base64!"}, {"clew.raw": 7}, {"event.original": None}):
        source: dict[str, Any] = decoded(kept) | odd
        assert replayed(Hit(kept.id, Collection.QUARANTINE, source)) is Reason.NOT_CANONICAL


def test_a_file_without_times_keeps_its_ids():
    """The checksum of the line is a part of its ID, and the ID stays as it is."""
    sent = refused_row(MENDED)._replace(checksum=77)
    [kept] = DocumentBuilder(batch(part([sent])), NOON).build()
    assert again(kept).id == kept.id
    assert kept.id.endswith("-0000004d")


def test_a_line_is_replayed_under_the_policy_of_today():
    """What it refuses stays, what it only reports says so, and which policy that was."""
    [kept] = quarantined(b'{"log.level":"info","message":"paid"}')
    strict = "rules: [{schema: {mode: %s, require: [trace.id]}}]"
    assert replayed(hit(kept), Rules(policy(strict % "enforce"))) is Reason.MISSING_FIELD
    rules = Rules(policy(strict % "report"))
    made = replayed(hit(kept), rules)
    assert not isinstance(made, Reason)
    [document] = made
    found = decoded(document)
    assert found["clew.violations"] == ["missing_field:trace.id"]
    assert found["clew.policy"] == rules.policy.name
