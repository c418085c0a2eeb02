"""The pages in a real browser: what a person does, and what a person reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import invented
from tests.support.browser import OpenPage
from tests.support.query_service import Service, memory_store, serving


@pytest.fixture(scope="module")
def shop() -> Iterator[Service]:
    with serving(memory_store(invented.shop_documents())) as service:
        yield service


@pytest.fixture(scope="module")
def long() -> Iterator[Service]:
    with serving(memory_store(invented.long_documents())) as service:
        yield service


@pytest.fixture(params=[True, False], ids=["JavaScript", "no-JavaScript"])
def page(request: pytest.FixtureRequest, shop: Service, open_page: OpenPage) -> Page:
    """A page of a browser with JavaScript, and of one without."""
    return open_page(java_script_enabled=request.param, base_url=shop.url)


def ground(page: Page) -> float:
    """How light the background is, from 0 to 1."""
    colour: str = page.evaluate(
        """() => {
            const context = document.createElement("canvas").getContext("2d");
            context.fillStyle = getComputedStyle(document.body).backgroundColor;
            context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).join(" ");
        }"""
    )
    return sum(map(int, colour.split())) / (3 * 255)


def test_a_person_pastes_an_id_and_reads_which_step_failed(page: Page):
    page.goto("/")
    page.get_by_label("Transaction ID").fill(f"  {invented.FAILED} ")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_title(f"✗ {invented.FAILED} · clew")
    verdict = page.locator(".verdict.failed")
    expect(verdict).to_contain_text("FAILED at step 4 of 4")
    expect(verdict).to_contain_text("payment")
    expect(verdict).to_contain_text(invented.REASON)
    expect(verdict).to_be_in_viewport()
    failed = page.locator(".steps tr.failed")
    expect(failed).to_contain_text("✗ failed first")
    expect(failed).to_be_in_viewport()


def test_the_verdict_leads_to_the_line_and_its_stack_trace(page: Page):
    page.goto(f"/transactions/{invented.FAILED}")
    page.get_by_role("link", name="go to its line").click()
    line = page.locator(".lines tr:target")
    expect(line).to_contain_text("payment failed")
    expect(line.locator("pre")).to_be_visible()
    expect(line.locator("pre")).to_contain_text("at com.shop.payment.Issuer.charge")


def test_the_verdict_of_a_long_transaction_leads_to_its_part(long: Service, page: Page):
    page.goto(f"{long.url}/transactions/{invented.LONG}")
    expect(page.locator(".lines tbody tr")).to_have_count(500)
    page.get_by_role("link", name="go to its line").click()
    expect(page.locator(".lines tr:target")).to_contain_text("the last row is too wide")
    expect(page.locator(".lines tr:target")).to_be_in_viewport()


def test_a_failed_transaction_stands_first_on_the_home_page(page: Page):
    page.goto("/")
    page.locator(".recent tr.failed").get_by_role("link", name=invented.FAILED).click()
    expect(page.locator("h1")).to_have_text(invented.FAILED)


def test_a_mistake_in_a_query_is_pointed_at_and_can_be_mended(page: Page):
    page.goto("/search")
    page.get_by_label("Query").fill("level:eror service:payment")
    page.get_by_role("button", name="Search").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Did you mean error?")
    query, caret = alert.locator("pre").inner_text().split("\n")[:2]
    assert query[caret.index("^") :].startswith("eror")
    page.get_by_label("Query").fill("level:error service:payment")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".lines tbody tr")).to_have_count(1)
    page.get_by_role("link", name=invented.FAILED).click()
    expect(page.locator(".verdict")).to_contain_text("FAILED")


def test_a_bar_of_the_histogram_narrows_the_search(page: Page):
    page.goto("/search?query=service:shipping")
    bars = page.locator(".histogram a")
    assert bars.count() > 1
    bars.last.click()
    expect(page.get_by_role("heading", level=2)).to_have_text("1 line")
    assert page.get_by_label("Since").input_value().startswith("2023-01-29T08:42:")


def test_hostile_lines_run_nothing(page: Page):
    """Titles would change: by markup, by an image's error handler, by a terminal's code."""
    page.goto("/")
    page.get_by_label("Transaction ID").fill(invented.HOSTILE)
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_title(f"✗ {invented.HOSTILE} · clew")
    expect(page.locator("h1")).to_have_text(invented.HOSTILE)
    expect(page.locator(".lines")).to_contain_text("<img src=x onerror=")


@pytest.mark.parametrize("path", ["/", f"/transactions/{invented.FAILED}", "/search", "/docs"])
def test_light_and_dark_follow_the_reader(shop: Service, open_page: OpenPage, path: str):
    light, dark = (open_page(color_scheme=scheme) for scheme in ("light", "dark"))
    for page in (light, dark):
        page.goto(shop.url + path)
    assert ground(light) > 0.9
    assert ground(dark) < 0.15


@pytest.mark.parametrize("width", [390, 1360])
def test_a_page_is_never_wider_than_its_window(shop: Service, open_page: OpenPage, width: int):
    page = open_page(viewport={"width": width, "height": 800})
    for path in ("/", f"/transactions/{invented.FAILED}", "/search?query=payment", "/docs"):
        page.goto(shop.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keys_go_to_the_box_and_through_the_errors(shop: Service, open_page: OpenPage):
    page = open_page()
    page.goto(f"{shop.url}/transactions/{invented.FAILED}")
    page.keyboard.press("n")
    expect(page.locator(".lines tr:target")).to_contain_text("payment failed")
    page.keyboard.press("n")
    expect(page.locator(".lines tr:target")).to_contain_text("giving the articles back")
    page.keyboard.press("p")
    expect(page.locator(".lines tr:target")).to_contain_text("payment failed")
    page.keyboard.press("/")
    expect(page.get_by_label("Transaction ID")).to_be_focused()


@pytest.fixture
def empty() -> Iterator[Service]:
    with serving(memory_store([])) as service:
        yield service


def test_transactions_are_seen_arriving(empty: Service, open_page: OpenPage):
    """Without a reload: the page asks again by itself while somebody looks at it."""
    page = open_page()
    page.goto(empty.url)
    expect(page.get_by_text("No transaction has arrived yet")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    empty.write(invented.shop_documents())
    expect(page.get_by_role("link", name=invented.FAILED)).to_be_visible(timeout=20_000)
