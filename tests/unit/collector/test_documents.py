from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.schema.document import Collection, Document, document_id
from clew.schema.fields import FIELDS
from clew.schema.interpreting import interpret
from clew.schema.line import Flag
from clew.schema.record import Record
from clew.schema.rejection import Reason
from clew.schema.timestamps import format_rfc3339
from clew.wire.batch import Batch, Carried, Row
from collector.indexing.documents import DocumentBuilder
from tests.support.batches import CART, FILE, batch, part, part_of, row
from tests.support.documents import NOON
from tests.support.policies import enforcer, policy
from tests.support.strict_json import load_strictly

INGESTED = NOON + 5
LINE = b'{"@timestamp":"2023-01-29T08:42:09.70Z", "log.level":"WARN","message":"\\u0041 \\/"}'
OFFSETS = st.integers(0, 2**64 - 1)
ANY_ROWS = st.builds(
    Row,
    offset=OFFSETS,
    time=st.integers(0, 2**63 - 1),
    severity=st.integers(0, 255),
    flags=st.integers(0, 255),
    dialect=st.integers(0, 255),
    output=st.integers(0, 255),
    transaction=st.text(st.characters(exclude_categories=["Cs"])),
    record=(st.binary() | st.text('{}[]":,\\u0 9.e').map(str.encode)).map(
        lambda record: record.replace(b"\n", b"")
    ),
    checksum=st.none(),
    violations=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=2).map(tuple),
)


def built(sent: Batch) -> list[Document]:
    return DocumentBuilder(sent, INGESTED).build()


def one(sent: Row) -> Document:
    [document] = built(batch(part([sent])))
    return document


def source(document: Document) -> dict[str, Any]:
    """A document's source, which every store has to be able to take."""
    found: dict[str, Any] = load_strictly(document.source)
    assert b"\n" not in document.source
    assert found.keys() <= FIELDS.keys()
    return found


def test_a_canonical_line_stands_in_its_document_as_it_was_written():
    """White space, escapes and trailing zeros too: it was never encoded anew."""
    document = one(row(LINE, offset=0x1F4))
    assert document.source.endswith(b"," + LINE[1:])
    assert document[:3] == (Collection.LOGS, document_id(FILE, 0x1F4), NOON)
    assert source(document) == {
        "@timestamp": "2023-01-29T08:42:09.70Z",
        "log.level": "WARN",
        "message": "A /",
        "service.name": "cart",
        "kubernetes.namespace": "shop",
        "kubernetes.pod.name": "cart-7d9f-x2x9k",
        "kubernetes.pod.uid": "0c1",
        "kubernetes.container.name": "cart",
        "kubernetes.container.restart": 0,
        "kubernetes.node.name": "node-a",
        "kubernetes.workload.name": "cart",
        "stream": "stdout",
        "log.file.path": "/var/log/pods/shop_cart-7d9f-x2x9k_0c1/cart/0.log",
        "log.offset": 0x1F4,
        "event.ingested": format_rfc3339(INGESTED),
        "clew.severity": 13,
        "clew.schema": 1,
        "clew.dialect": "canonical",
        "clew.policy": "built-in@1",
        "clew.runtime_nanoseconds": NOON,
        "clew.generation": FILE,
    }


def test_what_a_line_does_not_say_comes_from_where_it_stood():
    document = one(row(b"paid", output=1)._replace(flags=int(Flag.NO_TIMESTAMP | Flag.NO_SERVICE)))
    found = source(document)
    assert found["@timestamp"] == format_rfc3339(NOON)
    assert found["clew.timestamp"] == "runtime"
    assert found["service.name"] == "cart"
    assert found["stream"] == "stderr"


def test_a_line_may_say_its_service_itself():
    found = source(one(row(b'{"log.level":"i","message":"m","service.name":"till"}')))
    assert found["service.name"] == "till"
    assert found["clew.timestamp"] == "runtime"


def test_a_container_without_a_workload_gives_its_name():
    bare = msgspec.structs.replace(CART, workload="", cluster="live")
    sent = msgspec.structs.replace(batch(part_of(b"m")), containers=[bare])
    found = source(built(sent)[0])
    assert found["service.name"] == "cart"
    assert found["kubernetes.cluster"] == "live"


def test_what_is_known_of_a_container_stands_in_its_documents():
    known = msgspec.structs.replace(
        CART,
        labels=(("app", "cart"), ("tier", 'a "b"')),
        qos="Burstable",
        workload_kind="Deployment",
    )
    found = source(built(msgspec.structs.replace(batch(part_of(b"m")), containers=[known]))[0])
    assert found["kubernetes.labels"] == {"app": "cart", "tier": 'a "b"'}
    assert found["kubernetes.pod.qos_class"] == "Burstable"
    assert found["kubernetes.workload.kind"] == "Deployment"


def test_a_service_that_is_set_for_a_container_counts_where_a_line_has_none():
    known = msgspec.structs.replace(CART, service="till")
    sent = batch(part_of(b"m", b'{"log.level":"i","message":"m","service.name":"door"}'))
    plain, named = built(msgspec.structs.replace(sent, containers=[known]))
    assert source(plain)["service.name"] == "till"
    assert source(named)["service.name"] == "door"


def test_labels_beyond_their_bounds_are_left_out_whoever_sends_them():
    many = tuple((f"key{number:03}", "x" * 60) for number in range(1000))
    sent = msgspec.structs.replace(
        batch(part_of(b"m")), containers=[msgspec.structs.replace(CART, labels=many)]
    )
    labels = source(built(sent)[0])["kubernetes.labels"]
    assert labels == dict(many[: len(labels)])
    assert 50 < len(labels) <= 64


def test_the_checksum_of_a_line_is_a_part_of_its_id():
    """In a file whose runtime wrote no times; other files have no checksums."""
    rows = [row(b"one", 0)._replace(checksum=0xAB), row(b"two", 4)._replace(checksum=2**32 - 1)]
    assert [each.id for each in built(batch(part(rows)))] == [
        f"{FILE}-000000000000-000000ab",
        f"{FILE}-000000000004-ffffffff",
    ]
    assert [each.id for each in built(batch(part_of(b"one")))] == [f"{FILE}-000000000000"]


def test_a_refused_line_keeps_the_checksum_in_its_id():
    builder = DocumentBuilder(batch(part([row(b"one")._replace(checksum=7)])), INGESTED)
    assert builder.build_refused({0: "no"})[0].id == builder.build()[0].id


def test_an_unfinished_line_is_marked():
    sent = row(b"half a li")
    found = source(one(sent._replace(flags=sent.flags | Flag.UNFINISHED)))
    assert found["clew.violations"] == ["unfinished_line"]


def test_violations_are_a_field_of_ours():
    """What the policy reports, and of a quarantined line why it is there, the reason first."""
    reported = row(b"paid")._replace(violations=("missing_field:trace.id", "too_many_labels"))
    assert source(one(reported))["clew.violations"] == ["missing_field:trace.id", "too_many_labels"]
    assert source(one(row(b"\xff")))["clew.violations"] == ["invalid_utf8"]
    unfinished = row(b"\xff")._replace(flags=row(b"\xff").flags | Flag.UNFINISHED)
    assert source(one(unfinished))["clew.violations"] == ["unfinished_line", "invalid_utf8"]
    assert "clew.violations" not in source(one(row(b"paid")))


def test_each_record_of_a_line_has_its_own_violations():
    """And is in quarantine by itself."""
    otlp = (
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":['
        b'{"body":{"stringValue":"one"},"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"},'
        b'{"body":{"stringValue":"two"}}]}]}]}'
    )
    judge = enforcer("{mode: enforce, require: [trace.id]}")
    line = interpret(otlp, enforcer=judge)
    sent = row(otlp)._replace(record=line.json, flags=line.flags, violations=line.violations)
    one, two = built(batch(part([sent])))
    assert (one.collection, two.collection) == (Collection.LOGS, Collection.QUARANTINE)
    assert "clew.violations" not in source(one)
    assert source(two)["clew.violations"] == ["missing_field:trace.id"]
    assert source(two)["clew.dialect"] == "none"


def test_what_a_refused_line_says_of_itself_stands_in_its_document_once():
    """Whatever its agent's flags claim."""
    judge = enforcer("{mode: enforce, require: [span.id]}")
    line = interpret(LINE.replace(b"{", b'{"service.name":"till",', 1), enforcer=judge)
    for flags in (line.flags, line.flags | Flag.NO_SERVICE | Flag.NO_TIMESTAMP):
        found = source(one(row(b"")._replace(record=line.json, flags=int(flags))))
        assert found["service.name"] == "till"
        assert found["@timestamp"] == "2023-01-29T08:42:09.70Z"
        assert "clew.timestamp" not in found


def test_a_refused_line_with_a_time_that_no_store_takes_is_refused_anew():
    line = interpret(LINE, enforcer=enforcer("{mode: enforce, require: [span.id]}"))
    harmed = line.json.replace(b"2023-01-29T08:42:09.70Z", b"noon")
    found = source(one(row(b"")._replace(record=harmed, flags=line.flags)))
    assert found["clew.reason"] == "not_canonical"
    assert found["clew.timestamp"] == "runtime"


def test_a_line_that_is_looked_at_again_has_the_ids_that_the_policy_knows():
    """The collector's own policy says where they are."""
    own = policy("transaction: {fields: [trace.id]}")
    sent = batch(part([row(b"")._replace(record=b"trace_id=abcd1234 tx_id=T-7", flags=16)]))
    [document] = DocumentBuilder(sent, INGESTED, own).build()
    assert source(document)["clew.transaction"] == "abcd1234"


def test_a_document_has_the_schema_that_its_agent_knows():
    sent = msgspec.structs.replace(batch(part_of(b"m")), schema=7)
    assert source(built(sent)[0])["clew.schema"] == 7


def test_the_business_transaction_is_a_field_of_ours():
    assert source(one(row(b"order_id=O-77 paid")))["clew.transaction"] == "O-77"
    assert "clew.transaction" not in source(one(row(b"paid")))


def test_a_rejected_line_goes_to_quarantine():
    document = one(row(b'{"message":"m","message":"n"} trace_id=abc1'))
    found = source(document)
    assert document.collection is Collection.QUARANTINE
    assert found["clew.reason"] == "invalid_json"
    assert found["event.original"] == '{"message":"m","message":"n"} trace_id=abc1'
    assert found["trace.id"] == "abc1"
    assert found["clew.dialect"] == "none"
    assert found["kubernetes.pod.name"] == "cart-7d9f-x2x9k"


def test_documents_come_in_the_order_of_the_records():
    sent = batch(part_of(b"a", b"b"), part([]), part_of(b"c", generation="other"))
    documents = built(sent)
    assert [source(each)["message"] for each in documents] == ["a", "b", "c"]
    assert [source(each)["clew.generation"] for each in documents] == [FILE, FILE, "other"]


def forged(record: bytes) -> Row:
    """What an agent sends that claims to have checked a record, and has not."""
    return row(b'{"log.level":"i","message":"m"}')._replace(record=record)


NAMES_OF_OURS = sorted(
    FIELDS.keys() - {each.encode_name for each in msgspec.structs.fields(Record)}
)
FORGED = {
    "an object of ours": b'{"message":"m","kubernetes":{"pod.name":"evil"}}',
    "an escaped letter": b'{"message":"m","kubernete\\u0073.pod.name":"evil"}',
    "escaped letters only": b'{"message":"m","\\u0063\\u006c\\u0065\\u0077\\u002e\\u0078":1}',
    "a name of ours twice": b'{"message":"m","stream":"a","stream":"b"}',
    "a name of ours, then no JSON": b'{"message":"m","clew.x":',
    "a name of ours after white space": b' { "clew.severity" : 24 }',
} | {name: b'{"message":"m","%s":"evil"}' % name.encode() for name in NAMES_OF_OURS}


@pytest.mark.parametrize("record", FORGED.values(), ids=FORGED)
def test_nothing_forged_stands_under_a_name_of_ours(record: bytes):
    """Whatever the agent says of it, it goes to quarantine, and says so."""
    document = one(forged(record))
    found = source(document)
    assert document.collection is Collection.QUARANTINE
    assert found["clew.reason"] == Reason.NOT_CANONICAL
    assert found["event.original"].encode() == record
    assert found["kubernetes.pod.name"] == "cart-7d9f-x2x9k"
    assert found["clew.severity"] == 0
    assert found["@timestamp"] == format_rfc3339(NOON)


@pytest.mark.parametrize(
    "line",
    [
        b'{"log.level":"i","message":"the clew \\u001b[31m","labels":{"clew.x":"1","stream":"s"}}',
        b'{"msg":"{\\\\u0022a\\\\u0022:1}","kubernetes":{"labels":"x"}}',
        b"kubernetes says \\u0022 and \\u0041",
    ],
)
def test_a_label_may_be_called_anything(line: bytes):
    """What a dialect or an application has put among the labels passes the second look."""
    document = one(row(line))
    assert document.collection is Collection.LOGS
    source(document)


@pytest.mark.parametrize(
    "record",
    [
        b'{"message":"m"}',
        b'{"event.original":"m","clew.reason":"too_good"}',
        b'{"event.original":"m","clew.reason":"too_long","kubernetes.pod.name":"evil"}',
        b'{"event.original":"\xff","clew.reason":"too_long"}',
        b"[" * 5000,
        b"",
    ],
)
def test_a_rejection_that_is_none_is_rejected(record: bytes):
    sent = Row(0, NOON, 9, int(Flag.QUARANTINED), 3, 0, "", record)
    found = source(one(sent))
    assert found["clew.reason"] == Reason.NOT_CANONICAL
    assert found["clew.timestamp"] == "runtime"


@given(st.lists(ANY_ROWS))
def test_whatever_an_agent_sends_has_a_document(rows: list[Row]):
    """None raises, and each keeps its place and its ID."""
    documents = built(batch(part(rows)))
    assert [each.id for each in documents] == [document_id(FILE, each.offset) for each in rows]


@given(st.lists(ANY_ROWS, min_size=1), st.text(st.characters(exclude_categories=["Cs"])), st.data())
def test_what_a_store_refuses_has_a_document_that_every_store_takes(
    rows: list[Row], reason: str, data: st.DataObject
):
    """Its bytes, who said it and where; in quarantine, under the ID that it has anyway."""
    place = data.draw(st.integers(0, len(rows) - 1))
    builder = DocumentBuilder(batch(part(rows)), INGESTED)
    [(at, document)] = builder.build_refused({place: reason}).items()
    found = source(document)
    assert at == place
    assert document.collection is Collection.QUARANTINE
    assert document.id == builder.build()[place].id
    assert found["clew.reason"] == Reason.REFUSED_BY_STORE
    assert found.get("clew.detail", "") == reason[:1024]
    assert found["kubernetes.pod.name"] == "cart-7d9f-x2x9k"
    if "clew.raw" not in found:
        assert found["event.original"].encode() == rows[place].record


def test_ids_of_a_refused_line_are_found():
    line = b'{"log.level":"i","message":"m","trace.id":"abc1","transaction.id":"O/2024/7"}'
    builder = DocumentBuilder(batch(part_of(line)), INGESTED)
    found = source(builder.build_refused({0: "no"})[0])
    assert found["trace.id"] == "abc1"
    assert found["clew.transaction"] == "O/2024/7"


def test_a_record_that_begins_in_an_earlier_file_is_named_by_it():
    """By its generation and path; the others of the part by those of their own."""
    sent = part([row(LINE, offset=7), row(LINE, offset=7)])
    sent.carried = [Carried(1, "older", "/var/log/0.log.20230129-000001")]
    own, carried = built(batch(sent))
    assert (own.id, carried.id) == (document_id(FILE, 7), document_id("older", 7))
    assert source(own)["log.file.path"] == sent.path
    assert source(carried)["log.file.path"] == "/var/log/0.log.20230129-000001"
    assert source(carried)["clew.generation"] == "older"
