from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from clew.schema.fields import FIELDS
from query.models import RecentAnswer, SearchAnswer, TransactionAnswer
from query.questions import MOST_LINES
from tests.support import invented
from tests.support.query_service import Service


def search(service: Service, **parameters: object):
    return service.get(f"/api/search?{urlencode(parameters)}")


def test_a_transaction_says_which_step_failed(shop: Service):
    answer = shop.get(f"/api/transactions/{invented.FAILED}").json()
    verdict = answer["verdict"]
    assert (verdict["service"], verdict["step"]) == ("payment", 4)
    assert verdict["reason"] == invented.REASON
    assert answer["services"] == ["gateway", "order", "stock", "payment"]
    assert answer["completeness"]["silent_services"] == ["shipping"]
    assert [line["quarantined"] for line in answer["lines"]].count(True) == 1


def test_answers_have_the_shapes_that_openapi_promises(shop: Service):
    """The models are for the documentation; here the answers themselves are held against them."""
    TransactionAnswer.model_validate(shop.get(f"/api/transactions/{invented.FAILED}").json())
    RecentAnswer.model_validate(shop.get("/api/transactions").json())
    SearchAnswer.model_validate(search(shop, query="payment").json())


def test_an_unknown_id_is_404_with_no_lines(shop: Service):
    reply = shop.get("/api/transactions/nobody-has-this")
    assert (reply.status, reply.json()) == (404, {"id": "nobody-has-this", "lines": []})


@pytest.mark.parametrize("identifier", [invented.AWKWARD, invented.HOSTILE])
def test_any_character_may_stand_in_an_id(shop: Service, identifier: str):
    """Slashes, percent signs, spaces, quotes: percent-encoded they come through as they are."""
    reply = shop.get(f"/api/transactions/{quote(identifier, safe='')}")
    assert reply.status == 200
    assert reply.json()["id"] == identifier


def test_a_slash_need_not_be_encoded(shop: Service):
    assert shop.get("/api/transactions/a/b").json()["id"] == "a/b"


def test_recent_transactions_show_failures_first_unless_asked_otherwise(shop: Service):
    by_failure = shop.get("/api/transactions?limit=500").json()["transactions"]
    by_time = shop.get("/api/transactions?limit=500&order=newest").json()["transactions"]
    assert [each["errors"] > 0 for each in by_failure[:3]] == [True, True, False]
    assert [each["end"] for each in by_time] == sorted((e["end"] for e in by_time), reverse=True)
    assert len(shop.get("/api/transactions?limit=2").json()["transactions"]) == 2


def test_pages_of_a_search_are_its_lines_without_gap_or_repetition(shop: Service):
    whole = search(shop, query="service:order", limit=MOST_LINES).json()
    page = search(shop, query="service:order", limit=5).json()
    ids = [line["id"] for line in page["lines"]]
    while page["next"]:
        page = search(shop, query="service:order", limit=5, after=page["next"]).json()
        assert page["total"] == whole["total"]
        ids += [line["id"] for line in page["lines"]]
    assert ids == [line["id"] for line in whole["lines"]]


def test_the_histogram_counts_every_match_and_can_be_left_out(shop: Service):
    answer = search(shop, query="level:error", limit=1).json()
    assert sum(bucket["count"] for bucket in answer["histogram"]) == answer["total"] > 1
    assert search(shop, query="level:error", histogram="false").json()["histogram"] == []


def test_times_bound_a_search(shop: Service):
    until = "2023-01-29T08:42:09.020Z"
    answer = search(shop, query="clew.transaction:ORDER-4711", until=until, order="oldest").json()
    assert [line["service.name"] for line in answer["lines"]] == [
        "gateway",
        "order",
        "order",
        "stock",
    ]
    assert search(shop, query="ORDER-4711", since="1h").json()["total"] == 0


def test_openapi_lists_every_endpoint_and_every_field(shop: Service):
    openapi = shop.get("/openapi.json").json()
    assert set(openapi["paths"]) == {
        "/",
        "/alerts",
        "/alerts.json",
        "/api/alerts",
        "/api/conformance",
        "/api/conformance/{service}",
        "/api/nodes",
        "/api/nodes/{name}",
        "/api/quarantine",
        "/api/quarantine/purge",
        "/api/quarantine/replay",
        "/api/quarantine/{id}",
        "/api/search",
        "/api/transactions",
        "/api/transactions/{id}",
        "/conformance",
        "/conformance.json",
        "/conformance/{service}",
        "/docs",
        "/find",
        "/healthz",
        "/index.json",
        "/login",
        "/metrics",
        "/nodes",
        "/nodes.json",
        "/nodes/{name}",
        "/quarantine",
        "/quarantine.json",
        "/quarantine/purge",
        "/quarantine/replay",
        "/quarantine/{id}",
        "/readyz",
        "/search",
        "/search.json",
        "/transactions/{id}",
    }
    line = openapi["components"]["schemas"]["TransactionLine"]["properties"]
    assert set(FIELDS) <= set(line)
    assert line["@timestamp"]["description"] == FIELDS["@timestamp"].meaning
