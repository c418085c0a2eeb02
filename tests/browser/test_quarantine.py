"""Quarantine and conformance in a real browser: from a refused line to the mended one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from collector.quarantine import steps
from tests.support.browser import OpenPage
from tests.support.conforming import SINCE, Lines, conforming_documents
from tests.support.invented import HOSTILE_MESSAGE
from tests.support.quarantined import MENDED, TRACE, quarantined
from tests.support.query_service import Service, memory_store, serving

STILL = b'{"message":"one","message":"two"}'
TIME = "since=2023-01-29T12:00:00Z&until=2023-01-29T14:00:00Z"


@pytest.fixture
def refused() -> Iterator[Service]:
    documents = quarantined(MENDED, STILL, HOSTILE_MESSAGE.encode(), b'{"a":', MENDED)
    with serving(memory_store(documents), changeable=True) as service:
        yield service


@pytest.fixture(scope="module")
def services() -> Iterator[Service]:
    lines = Lines()
    lines.documents = conforming_documents()
    lines.say("<b>evil</b>", SINCE, {"clew.dialect": "text", "message": HOSTILE_MESSAGE})
    with serving(memory_store(lines.documents)) as service:
        yield service


@pytest.fixture(params=[True, False], ids=["JavaScript", "no-JavaScript"])
def page(request: pytest.FixtureRequest, refused: Service, open_page: OpenPage) -> Page:
    """A page of a browser with JavaScript, and of one without."""
    return open_page(java_script_enabled=request.param, base_url=refused.url)


def test_a_person_gets_from_a_transaction_to_why_and_mends_it(page: Page):
    page.goto(f"/transactions/{TRACE}")
    page.get_by_role("link", name="quarantined: duplicate_key").first.click()
    expect(page.locator(".verdict")).to_contain_text("Most often a field of the MDC")
    expect(page.locator(".written")).to_contain_text('"message":"paid"')
    page.get_by_role("link", name="Replay …").click()
    expect(page.locator(".verdict")).to_contain_text("1 would pass today's rules")
    page.get_by_role("button", name="Replay 1 line").click()
    expect(page.locator(".verdict.fine")).to_contain_text("1 of 1 line moved into the logs")
    page.goto(f"/transactions/{TRACE}")
    expect(page.locator(".lines tbody tr")).to_have_count(2)
    expect(page.locator(".lines .quarantined")).to_have_count(1)


def test_a_list_is_narrowed_and_replayed_and_what_stays_is_told(page: Page):
    page.goto("/")
    page.get_by_role("link", name="Quarantine").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("5 lines")
    page.get_by_label("Reason").select_option("duplicate_key")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Replay these …").click()
    expect(page.locator(".verdict")).to_contain_text("Of 5, 3 would pass")
    page.get_by_role("button", name="Replay 5 lines").click()
    expect(page.locator(".verdict.fine")).to_contain_text("3 of 5 lines moved into the logs")
    expect(page.locator(".counts")).to_contain_text("Most often a field of the MDC")
    page.get_by_role("link", name="Back to the quarantine").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("2 lines")


def test_a_purge_says_that_it_is_for_ever(page: Page):
    page.goto("/quarantine")
    page.get_by_role("link", name="Purge all …").click()
    expect(page.locator(".verdict")).to_contain_text("5 lines would be deleted for ever")
    page.get_by_role("link", name="Leave them there").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("5 lines")
    page.get_by_role("link", name="Purge all …").click()
    page.get_by_role("button", name="Purge 5 lines").click()
    expect(page.locator(".verdict.fine")).to_contain_text("5 of 5 lines deleted")


@pytest.mark.parametrize("scripts", [True, False], ids=["JavaScript", "no-JavaScript"])
def test_a_long_replay_goes_on_by_itself_or_by_a_button(
    refused: Service, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, scripts: bool
):
    """Step after step; what was done so far travels with the form."""
    monkeypatch.setattr(steps, "STEP_LINES", 20)
    more = quarantined(*[MENDED] * 50)
    refused.write([each._replace(id=f"{each.id}-more") for each in more])
    page = open_page(java_script_enabled=scripts, base_url=refused.url)
    page.goto("/quarantine/replay")
    page.get_by_role("button", name="Replay 55 lines").click()
    done, go_on = page.locator(".verdict.fine"), page.get_by_role("button", name="Go on")
    clicks = 0
    while not scripts and not done.is_visible():
        go_on.click()
        expect(done.or_(go_on)).to_be_visible()
        clicks += 1
    assert (clicks > 1) is not scripts
    expect(done).to_contain_text("53 of 55 lines moved into the logs")


def test_hostile_lines_run_nothing(page: Page):
    page.goto("/quarantine")
    expect(page).to_have_title("quarantine · clew")
    row = page.locator(".kept tr", has_text="<img src=x onerror=")
    row.get_by_role("link", name="duplicate_key").click()
    expect(page).to_have_title("duplicate_key · quarantine · clew")
    expect(page.locator(".written")).to_contain_text("<img src=x onerror=")


def test_a_person_finds_out_who_logs_badly_and_why(services: Service, open_page: OpenPage):
    page = open_page(base_url=services.url)
    page.goto(f"/conformance?{TIME}")
    rows = page.locator(".board tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("payment")
    expect(rows.first).to_contain_text("55 %")
    page.get_by_role("link", name="Service", exact=True).click()
    expect(rows.first).to_contain_text("<b>evil</b>")
    page.get_by_role("link", name="payment").click()
    expect(page.locator(".course g")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("com.shop.Refunds")
    expect(page).to_have_title("payment · conformance · clew")


def test_parts_of_a_bar_are_as_long_as_their_shares(services: Service, open_page: OpenPage):
    page = open_page(base_url=services.url)
    page.goto(f"/conformance?{TIME}")
    bar = page.locator(".board tbody tr").first.locator(".stack")
    whole = bar.bounding_box()
    part = bar.locator(".c-canonical").bounding_box()
    assert whole is not None
    assert part is not None
    assert part["width"] == pytest.approx(whole["width"] * 6 / 11, rel=0.02)


@pytest.mark.parametrize("width", [390, 1360])
def test_a_page_is_never_wider_than_its_window(
    refused: Service, services: Service, open_page: OpenPage, width: int
):
    page = open_page(viewport={"width": width, "height": 800})
    line = refused.get("/api/quarantine").json()["lines"][0]["id"]
    for url in (
        f"{refused.url}/quarantine",
        f"{refused.url}/quarantine/{line}",
        f"{refused.url}/quarantine/replay",
        f"{services.url}/conformance?{TIME}",
        f"{services.url}/conformance/payment?{TIME}",
    ):
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
