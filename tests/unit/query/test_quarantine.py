from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from clew.runtime.addresses import free_port
from clew.schema.document import Document
from clew.schema.rejection import Reason
from query.quarantine_asked import (
    SHOWN_CHARACTERS,
    ChangeAnswer,
    QuarantineAnswer,
    QuarantinedLine,
)
from tests.support.documents import document
from tests.support.invented import HOSTILE_MESSAGE
from tests.support.quarantined import MENDED, TRACE, documents_of, quarantined, refused_row
from tests.support.query_service import Reply, Service, memory_store, serving
from tests.unit.query.test_pages import Page

STILL = b'{"message":"one","message":"two"}'
TOKEN = "correct horse battery staple"


def kept() -> list[Document]:
    """Two lines that would pass today and one that would not, and one of another service."""
    [other] = documents_of(
        [refused_row(HOSTILE_MESSAGE.encode(), reason=Reason.TOO_DEEP, field="a.b")],
        generation="b" * 16,
    )
    return [*quarantined(MENDED, STILL, MENDED), other, document(900, {"trace.id": TRACE})]


@pytest.fixture
def service():
    with serving(memory_store(kept()), changeable=True) as service:
        yield service


def listed(service: Service, /, **parameters: object) -> dict[str, Any]:
    reply = service.get(f"/api/quarantine?{urlencode(parameters)}")
    assert reply.status == 200, reply.text
    return dict(reply.json())


def change(service: Service, kind: str, /, **asked: object) -> Reply:
    headers = {"Content_Type": "application/json"}
    return service.post(f"/api/quarantine/{kind}", json.dumps(asked).encode(), **headers)


def test_the_list_says_how_many_there_are_of_which(service: Service):
    answer = listed(service)
    QuarantineAnswer.model_validate(answer)
    assert answer["total"] == 4
    assert answer["reasons"] == [
        {"value": "duplicate_key", "count": 3},
        {"value": "too_deep", "count": 1},
    ]
    assert answer["services"] == [{"value": "cart", "count": 4}]
    assert answer["fields"] == [{"value": "message", "count": 3}, {"value": "a.b", "count": 1}]
    assert [line["clew.reason"] for line in answer["lines"]].count("duplicate_key") == 3


@pytest.mark.parametrize(
    ("chosen", "total"),
    [
        ({"reason": "too_deep"}, 1),
        ({"field": "message"}, 3),
        ({"service": "cart"}, 4),
        ({"service": "till"}, 0),
        ({"namespace": "shop"}, 4),
        ({"namespace": "bank"}, 0),
        ({"since": "2023-01-29T12:00:01Z"}, 2),
        ({"since": "2023-01-29T12:00:01Z", "until": "2023-01-29T12:00:02Z"}, 1),
        ({"reason": "too_deep", "field": "message"}, 0),
    ],
)
def test_lines_are_chosen_by_what_is_known_of_them(service: Service, chosen, total):
    assert listed(service, **chosen)["total"] == total


def test_pages_are_its_lines_without_gap_or_repetition(service: Service):
    """Counts come with the first of them only."""
    page = listed(service, limit=2)
    rest = listed(service, limit=2, after=page["next"])
    assert rest["reasons"] == []
    ids = [line["id"] for line in page["lines"] + rest["lines"]]
    assert len(set(ids)) == 4
    assert rest["next"] is None


def test_a_list_shows_the_beginning_of_a_long_line_and_says_so():
    with serving(memory_store(quarantined(b"x" * 10_000 + b"\xff"))) as service:
        [line] = listed(service)["lines"]
        assert (len(line["event.original"]), line["cut"]) == (SHOWN_CHARACTERS, True)
        assert "clew.raw" not in line
        whole = service.get(f"/api/quarantine/{line['id']}").json()["line"]
        assert len(whole["event.original"]) > 10_000
        assert "clew.raw" in whole


def test_what_cannot_be_asked_is_said(service: Service):
    for wrong in ("reason=bad_mood", "since=yesterdayish", "after=nowhere", "limit=0", "servise=x"):
        reply = service.get(f"/api/quarantine?{wrong}")
        assert (reply.status, wrong.partition("=")[0] in reply.json()["error"]) == (400, True)


def test_a_line_is_told_with_why_it_is_there_and_what_to_do(service: Service):
    line = listed(service, reason="duplicate_key")["lines"][0]
    answer = service.get(f"/api/quarantine/{line['id']}").json()
    QuarantinedLine.model_validate(answer)
    assert answer["line"]["event.original"] == MENDED.decode()
    assert (answer["reason"], answer["field"]) == ("duplicate_key", "message")
    assert answer["detail"] == "by an older rule"
    assert answer["remedy"].startswith("Most often a field of the MDC")
    assert answer["ids"] == {"trace.id": TRACE}
    assert service.get(f"/quarantine/{line['id']}.json").json() == answer


def test_a_line_that_is_not_in_quarantine_is_not_found_there(service: Service):
    for unknown in ("nobody", document(900).id):
        assert service.get(f"/api/quarantine/{unknown}").status == 404
        assert service.get(f"/quarantine/{unknown}").status == 404


def test_a_replay_moves_what_passes_and_tells_what_stays(service: Service):
    """First as a dry run, which says the same and changes nothing."""
    would = change(service, "replay", reason="duplicate_key", dry_run=True).json()
    ChangeAnswer.model_validate(would)
    expected = {
        "total": 3,
        "looked": 3,
        "done": {"duplicate_key": 2},
        "kept": {"duplicate_key": 1},
        "next": None,
    }
    assert would == expected
    assert listed(service)["total"] == 4
    assert change(service, "replay", reason="duplicate_key").json() == expected
    assert listed(service)["total"] == 2
    lines = service.get(f"/api/transactions/{TRACE}").json()["lines"]
    assert [line["quarantined"] for line in lines] == [False] * 3
    assert service.get("/api/search?query=paid").json()["total"] == 2


def test_a_purge_deletes_what_was_chosen(service: Service):
    done = change(service, "purge", reason="too_deep").json()
    assert (done["total"], done["done"]) == (1, {"too_deep": 1})
    assert listed(service)["total"] == 3


def test_single_lines_are_chosen_by_their_ids(service: Service):
    first = listed(service)["lines"][0]["id"]
    assert change(service, "purge", ids=[first, "unknown"]).json()["total"] == 1
    assert change(service, "purge", ids=[]).json()["total"] == 0
    assert listed(service)["total"] == 3


def test_a_change_that_is_written_wrongly_changes_nothing(service: Service):
    for wrong in ({"servise": "x"}, {"since": "soon"}, {"after": "nowhere"}, {"ids": ["x"] * 1001}):
        assert change(service, "purge", **wrong).status == 400
    assert service.get("/api/quarantine/purge").status == 404  # as an ID, which nobody has
    assert listed(service)["total"] == 4


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "http://127.0.0.1"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
    ],
)
def test_another_sites_page_changes_nothing(service: Service, headers: dict[str, str]):
    """Its form would be sent with this machine's address, or with its reader's cookie."""
    for path in ("/api/quarantine/purge", "/quarantine/purge", "/quarantine/replay"):
        assert service.post(path, b"{}", **headers).status == 403
    assert listed(service)["total"] == 4


def test_our_own_page_and_programs_may(service: Service):
    own = {"Origin": service.url, "Content_Type": "application/json"}
    body = b'{"dry_run":true}'
    assert service.post("/api/quarantine/purge", body, **own).status == 200
    own = {"Sec_Fetch_Site": "same-origin", "Content_Type": "application/json"}
    assert service.post("/api/quarantine/purge", body, **own).status == 200


def test_changes_need_the_token(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text(TOKEN)
    with serving(memory_store(kept()), changeable=True, token_file=file) as service:
        assert change(service, "purge").status == 401
        assert service.post("/quarantine/purge", b"").status == 401
        body, own = b"{}", {"Content_Type": "application/json"}
        allowed = service.post(
            "/api/quarantine/purge", body, Authorization=f"Bearer {TOKEN}", **own
        )
        assert (allowed.status, allowed.json()["total"]) == (200, 4)


def test_without_a_collector_nothing_changes_and_it_is_said():
    with serving(memory_store(kept())) as service:
        reply = change(service, "replay")
        assert (reply.status, "query.collector_url" in reply.json()["error"]) == (501, True)
        assert "query.collector_url" in service.get("/quarantine").text
        assert "Replay" not in service.get("/quarantine").text


def test_a_collector_that_is_not_there_is_said():
    url = f"http://127.0.0.1:{free_port('127.0.0.1')}"
    with serving(memory_store(kept()), collector_url=url) as service:
        reply = change(service, "replay")
        assert reply.status == 503
        assert "The collector can't be reached" in reply.json()["error"]
        assert reply.headers["Retry-After"]


def test_the_collector_is_shown_its_own_token(tmp_path: Path):
    """Another one than people show to the query service."""
    file = tmp_path / "collector"
    file.write_text(TOKEN)
    documents = memory_store(kept())
    with serving(documents, changeable=True, collector_token=TOKEN) as service:
        reply = change(service, "replay")
        assert (reply.status, "collector_token_file" in reply.json()["error"]) == (502, True)
    with serving(
        documents, changeable=True, collector_token=TOKEN, collector_token_file=file
    ) as service:
        assert change(service, "replay").status == 200


def test_what_answers_as_no_collector_does_is_said(service: Service):
    """Here it is a query service, which knows no such address."""
    with serving(memory_store(kept()), collector_url=service.url) as other:
        reply = change(other, "replay")
        assert (reply.status, "older" in reply.json()["error"]) == (502, True)


def test_the_page_asks_first_and_tells_afterwards(service: Service):
    """A person sees what would happen; the form says for ever which moments were meant."""
    page = Page(service.get("/quarantine?reason=duplicate_key").text)
    [href] = [h for h in page.attributes("href") if h.startswith("/quarantine/replay")]
    asked = service.get(href)
    assert "Of 3, 2 would pass" in asked.text
    form = {
        str(attrs["name"]): str(attrs["value"])
        for tag, attrs in Page(asked.text).elements
        if tag == "input" and attrs.get("type") == "hidden"
    }
    assert form["reason"] == "duplicate_key"
    assert form["until"].endswith("Z")
    assert listed(service)["total"] == 4
    done = service.post("/quarantine/replay", urlencode(form).encode())
    assert "2 of 3 lines moved into the logs" in done.text
    assert "1 stays" in done.text
    assert listed(service)["total"] == 2


def test_a_form_that_is_none_of_ours_is_refused(service: Service):
    for body in (b"total=-1", b"looked=many", b"kept=x:y", b"reason=bad_mood", b"unknown=1"):
        assert service.post("/quarantine/purge", body).status == 400
    assert listed(service)["total"] == 4


def test_hostile_lines_are_text_on_every_page(service: Service):
    line = listed(service, reason="too_deep")["lines"][0]["id"]
    for path in ("/quarantine", f"/quarantine/{line}"):
        text = service.get(path).text
        assert "<script>document" not in text
        assert "&lt;script&gt;document" in text
        assert "\x1b" not in text


def test_a_quarantined_line_of_a_transaction_leads_to_its_page(service: Service):
    text = service.get(f"/transactions/{TRACE}").text
    links = [h for h in Page(text).attributes("href") if h.startswith("/quarantine/")]
    assert len(links) == 2
    assert service.get(links[0]).status == 200
