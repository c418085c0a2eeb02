from __future__ import annotations

import pytest

from tests.support import invented
from tests.support.query_service import (
    BrokenStore,
    Service,
    UnreachableStore,
    memory_store,
    serving,
)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/api/search?limit=1001", "limit"),
        ("/api/search?limit=0", "limit"),
        ("/api/search?limt=5", "limt"),
        ("/api/search?since=yesterdayish", "since: not a time"),
        ("/api/search?after=%00", "after: not the `next`"),
        ("/api/search?order=sideways", "order"),
        ("/api/transactions?limit=501", "limit"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(shop: Service, path: str, message: str):
    reply = shop.get(path)
    assert reply.status == 400
    assert message in reply.json()["error"]


def test_a_query_that_cannot_be_read_says_where_and_what_could_stand_there(shop: Service):
    reply = shop.get("/api/search?query=level:eror")
    assert reply.status == 400
    answer = reply.json()
    assert (answer["position"], answer["suggestion"]) == (6, "error")
    assert "eror" in answer["error"]


def test_what_is_not_there_is_404_in_the_form_that_was_asked_for(shop: Service):
    assert shop.get("/api/nothing").json() == {"error": "There is nothing at this address."}
    page = shop.get("/nothing")
    assert page.status == 404
    assert "There is nothing at this address." in page.text


def test_a_store_that_cannot_be_reached_is_503_and_says_when_to_come_back():
    with serving(UnreachableStore()) as service:
        reply = service.get("/api/transactions")
        assert (reply.status, reply.headers["Retry-After"]) == (503, "7")
        assert reply.json()["error"].startswith("The store can't be reached")
        page = service.get("/")
        assert page.status == 503
        assert "no node answers" in page.text
        ready = service.get("/readyz")
        assert (ready.status, ready.json()["reasons"]) == (503, {"store": "no node answers"})
        assert service.get("/healthz").status == 200


def test_a_store_that_takes_too_long_is_504():
    with serving(memory_store([]), request_timeout_seconds=1e-9) as service:
        reply = service.get(f"/api/transactions/{invented.FAILED}")
        assert reply.status == 504
        assert "in time" in reply.json()["error"]


def test_a_mistake_of_ours_fails_one_request_and_tells_no_secrets():
    with serving(BrokenStore()) as service:
        reply = service.get("/api/transactions")
        assert (reply.status, reply.json()) == (
            500,
            {"error": "This is a mistake of clew's; its log has more."},
        )
        assert service.get("/healthz").status == 200


def test_requests_are_counted_by_route_never_by_path(shop: Service):
    shop.get("/transactions/an-id-that-must-not-be-a-label")
    shop.get("/wp-login.php")
    metrics = shop.get("/metrics").text
    assert 'clew_query_requests_total{route="/transactions/{id:path}",status="404"}' in metrics
    assert 'clew_query_requests_total{route="other",status="404"}' in metrics
    assert "an-id-that-must-not-be-a-label" not in metrics
