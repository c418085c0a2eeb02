from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from clew.schema.timestamps import SECOND
from clew.transaction.links import transaction_path
from clew.wire.report import ReportedShed
from query.window import LINES
from tests.support import invented
from tests.support.documents import document
from tests.support.query_service import Service, memory_store, serving
from tests.support.reports import report

VOID = {"meta", "link", "input", "br", "img"}


class Page(HTMLParser):
    """What a browser sees: the elements, and whether they are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]


PAGES = {
    "/": "/index.json?order=failures",
    "/?order=newest": "/index.json?order=newest",
    f"/transactions/{invented.FAILED}": f"/transactions/{invented.FAILED}.json",
    "/transactions/nobody-has-this": "/transactions/nobody-has-this.json",
    transaction_path(invented.AWKWARD): transaction_path(invented.AWKWARD, ".json"),
    transaction_path(invented.HOSTILE): transaction_path(invented.HOSTILE, ".json"),
    "/search?query=payment": "/search.json?query=payment&order=newest&limit=100",
    "/nodes": "/nodes.json",
    "/nodes/node-a?since=2023-01-29&until=2023-01-30": (
        "/nodes/node-a.json?since=2023-01-29&until=2023-01-30"
    ),
    "/conformance": "/conformance.json",
    "/conformance?since=2023-01-29&until=2023-01-30": (
        "/conformance.json?since=2023-01-29&until=2023-01-30"
    ),
    "/conformance/payment?since=2023-01-29&until=2023-01-30": (
        "/conformance/payment.json?since=2023-01-29&until=2023-01-30"
    ),
    "/quarantine": "/quarantine.json?limit=50",
    "/quarantine?reason=invalid_json": "/quarantine.json?limit=50&reason=invalid_json",
    "/alerts": "/alerts.json",
    "/docs": "/openapi.json",
}


@pytest.mark.parametrize(("path", "twin"), PAGES.items())
def test_each_page_links_to_its_twin_in_json(shop: Service, path: str, twin: str):
    page, answer = shop.get(path), shop.get(twin)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Type"] == "application/json"
    assert (page.status, answer.json() is not None) == (answer.status, True)
    assert twin in Page(page.text).attributes("href")


@pytest.mark.parametrize("path", [*PAGES, "/search?query=level:eror", "/nothing", "/login"])
def test_a_page_loads_nothing_from_elsewhere_and_has_no_script_of_its_own(shop: Service, path: str):
    reply = shop.get(path)
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    page = Page(reply.text)
    loaded = page.attributes("src") + page.attributes("href") + page.attributes("action")
    assert all(target.startswith(("/", "#")) for target in loaded)
    assert not page.attributes("style")
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]


def test_hostile_lines_stay_text(shop: Service):
    """Markup, template syntax, terminal codes and turned reading direction: all of it is shown."""
    for path in (transaction_path(invented.HOSTILE), "/", "/search?query=evil"):
        text = shop.get(path).text
        page = Page(text)
        assert [tag for tag, _ in page.elements].count("script") == 1
        assert "img" not in [tag for tag, _ in page.elements]
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    whole = shop.get(transaction_path(invented.HOSTILE)).text
    assert "{{ 7 * 7 }}" in whole
    assert "&lt;script&gt;document.title" in whole


def test_the_first_words_of_a_transaction_are_its_verdict(shop: Service):
    text = shop.get(f"/transactions/{invented.FAILED}").text
    said = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert "✗ FAILED at step 4 of 4 · payment · pod payment-7d9f8c6b5-x2x9k · 08:42:11.077" in said
    assert said.index("FAILED") < said.index("Steps") < said.index("POST /orders from")
    assert "told again by order, gateway" in said
    assert "! silent: shipping" in said
    assert "! 1 line quarantined" in said
    assert "com.shop.payment.Issuer.charge" in said


def test_the_nodes_of_a_transaction_stand_between_its_steps_and_its_lines(shop: Service):
    """How busy they were meanwhile, and where to see more of that time."""
    text = shop.get(f"/transactions/{invented.FAILED}").text
    page = Page(text)
    assert text.index('id="steps"') < text.index('id="nodes"') < text.index('id="lines"')
    said = " ".join(re.sub(r"<[^>]+>", " ", text[text.index('id="nodes"') :]).split())
    assert "node-a 40 % 60 %" in said
    around = "since=2023-01-29T08%3A39%3A09.000001234Z&until=2023-01-29T08%3A45%3A11.091801234Z"
    assert f"/nodes/node-a?{around}" in page.attributes("href")
    assert len([attrs for _, attrs in page.elements if attrs.get("class") == "band"]) == 2


def test_the_verdict_leads_to_its_line(shop: Service):
    page = Page(shop.get(f"/transactions/{invented.FAILED}").text)
    answer = shop.get(f"/api/transactions/{invented.FAILED}").json()
    anchor = f"L{answer['verdict']['line']}"
    assert anchor in page.attributes("id")
    assert f"/transactions/{invented.FAILED}#{anchor}" in page.attributes("href")


def test_a_transaction_without_a_failure_says_so(shop: Service):
    text = shop.get(f"/transactions/{invented.FINE}").text
    assert "No step failed" in text
    assert "FAILED" not in text


def test_a_long_transaction_shows_a_part_says_so_and_leads_to_all_of_it(large: Service):
    page = large.get(f"/transactions/{invented.LONG}").text
    assert f"1 to {LINES} of 4,000 lines" in page
    assert page.count('<tr id="L') == LINES
    assert f"/transactions/{invented.LONG}.ndjson" in page
    later = large.get(f"/transactions/{invented.LONG}?start={LINES + 1}").text
    assert "501 to 1,000 of 4,000 lines" in later
    whole = large.get(f"/transactions/{invented.LONG}.ndjson")
    assert whole.body.count(b"\n") == invented.LONG_LINES
    assert whole.headers["Content-Disposition"] == 'attachment; filename="ORDER-9000.ndjson"'


def test_the_verdict_of_a_long_transaction_leads_to_the_part_its_line_is_in(large: Service):
    page = Page(large.get(f"/transactions/{invented.LONG}").text)
    (jump,) = {href for href in page.attributes("href") if "#L" in href and "?" in href}
    path, anchor = jump.split("#")
    assert path == f"/transactions/{invented.LONG}?start=3501"
    assert anchor in Page(large.get(path).text).attributes("id")


def test_lines_can_be_narrowed_to_errors_or_to_one_step(shop: Service):
    errors = shop.get(f"/transactions/{invented.FAILED}?only=errors").text
    assert "payment failed" in errors
    assert "reserving 3 articles" not in errors
    assert "5 lines that match, 14 in all" in errors
    step = shop.get(f"/transactions/{invented.FAILED}?step=3").text
    assert "reserving 3 articles" in step
    assert "charging" not in step


def test_an_id_of_many_traces_is_a_list_to_choose_from(large: Service):
    text = large.get(f"/transactions/{invented.HUB}").text
    assert f"{invented.HUB_TRACES} traces carry this ID: choose one" in text
    assert text.count("/transactions/0000000000000000") == invented.HUB_TRACES
    assert '<h2 id="steps">' not in text


def test_an_id_that_many_only_mention_is_a_list_to_choose_from(large: Service):
    """Told once, as a list; nothing is said to have gone well."""
    text = large.get(f"/transactions/{invented.MENTIONED}").text
    assert f"{invented.HUB_TRACES} traces mention this ID: choose one" in text
    assert text.count("/transactions/0000000000000000") == invented.HUB_TRACES
    assert "No step failed" not in text


def test_an_unknown_id_gets_what_was_looked_at_and_hints(shop: Service):
    reply = shop.get("/transactions/nobody-has-this")
    assert reply.status == 404
    assert "No line has this ID" in reply.text
    assert "/search?query=nobody-has-this" in reply.text


def test_an_id_of_dots_has_a_page_that_a_browser_gets_to():
    """What is told of is the ID, and the path is none that leads to a folder."""
    with serving(memory_store([document(1, {"clew.transaction": ".."})])) as service:
        location = service.get("/find?id=..").headers["Location"]
        assert urljoin(service.url, location) == f"{service.url}/transactions/..,"
        reply = service.get(location)
        assert reply.status == 200
        assert service.get(transaction_path("..", ".json")).json()["id"] == ".."


def test_the_box_takes_an_id_with_white_space_around_it(shop: Service):
    reply = shop.get("/find?id=+%09a%2Fb+c%252F%3Fd%23e%26f.json%0A")
    assert (reply.status, reply.headers["Location"]) == (303, transaction_path(invented.AWKWARD))
    assert shop.get(reply.headers["Location"]).status == 200
    assert shop.get("/find?id=+").headers["Location"] == "/"


def test_the_home_page_lists_failures_first(shop: Service):
    text = shop.get("/").text
    assert text.index(invented.FAILED) < text.index("✓ fine")
    assert "com.shop.CardRefused" in text


def test_an_empty_store_says_what_to_do():
    with serving(memory_store([])) as service:
        text = service.get("/").text
        assert "No transaction has arrived yet" in text
        assert "clew up --demo" in text
        assert "No line matches" in service.get("/search?query=x&since=1h").text


BEHIND = [
    report("node-1", invented.START + 3600 * SECOND),
    report(
        "node-3",
        invented.START - 67 * SECOND,
        gaps=[(invented.START + SECOND, 4096)],
        shed=[ReportedShed("a", "r", "debug", invented.START, invented.START + SECOND, 1204, 9)],
    ),
]


@pytest.fixture(scope="module")
def behind() -> Iterator[Service]:
    """The shop, one of whose agents is a minute behind, and has lost something."""
    with serving(memory_store(invented.shop_documents()), BEHIND) as service:
        yield service


def test_pages_say_which_agents_are_behind_and_what_is_lost(behind: Service):
    """On the transaction, on the search, and where an ID is not found, which may be why."""
    told = "<b>! 1 agent behind: node-3 (since 08:41:02)</b>"
    text = behind.get(f"/transactions/{invented.FAILED}").text
    assert "complete up to 08:41:02 UTC" in text
    assert told in text
    assert "<b>! 1 gap, 4,096 bytes lost</b>" in text
    assert "<b>! silent: shipping (may still be arriving)</b>" in text
    assert "<b>! up to 1,204 lines left out on purpose (debug)</b>" in text
    searched = behind.get("/search?query=payment").text
    assert "2 agents behind: " in searched
    assert "<b>! up to 1,204 lines left out on purpose (debug)</b>" in searched
    before = behind.get("/search?query=payment&until=2023-01-28").text
    assert "left out on purpose" not in before
    assert "2 agents behind: " in behind.get("/transactions/nobody-has-this").text


def test_a_page_without_agents_does_not_alarm(shop: Service):
    text = shop.get(f"/transactions/{invented.FINE}").text
    assert "no agent reports here" in text
    assert "<b>!" not in text


def test_later_pages_of_a_search_do_not_repeat_what_may_be_missing(behind: Service):
    first = behind.get("/search.json?query=service:gateway&limit=5").json()
    assert [agent["node"] for agent in first["completeness"]["agents"]] == ["node-1", "node-3"]
    path = f"query=service:gateway&limit=5&after={first['next']}"
    assert behind.get(f"/search.json?{path}").json()["completeness"] is None
    assert "behind" not in behind.get(f"/search?{path}").text


def test_a_mistake_in_a_query_is_pointed_at(shop: Service):
    reply = shop.get("/search?query=level:error+AND+(")
    assert reply.status == 400
    assert "level:error AND (\n                 ^</pre>" in reply.text
    suggestion = shop.get("/search?query=level:eror").text
    assert "Did you mean <code>error</code>?" in suggestion


def test_a_time_that_cannot_be_read_is_said_on_the_page(shop: Service):
    reply = shop.get("/search?since=yesterdayish")
    assert reply.status == 400
    assert "since: not a time" in reply.text


def test_found_lines_lead_to_their_transactions_and_to_the_next_page(shop: Service):
    text = shop.get("/search?query=service:gateway&limit=10").text
    page = Page(text)
    assert "10 shown, newest first" in text
    assert any(href.startswith("/transactions/") for href in page.attributes("href"))
    (next_page,) = {
        href for href in page.attributes("href") if href.startswith("/search?") and "after=" in href
    }
    following = shop.get(next_page)
    assert following.status == 200
    assert "10 shown, newest first" in following.text


def test_a_bar_of_the_histogram_narrows_the_search_to_its_time(shop: Service):
    page = Page(shop.get("/search?query=payment+failed").text)
    (bar,) = [h for h in page.attributes("href") if "since=2023-" in h]
    assert "1 line</h2>" in shop.get(bar).text
