"""Nodes in a real browser: from a transaction to the charts of the node it ran on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from clew.runtime.clock import SYSTEM_CLOCK
from clew.schema.timestamps import SECOND
from tests.support import invented
from tests.support.browser import OpenPage
from tests.support.node_samples import EVERY, scrapes, series_with
from tests.support.query_service import Service, memory_store, serving


@pytest.fixture(scope="module")
def shop() -> Iterator[Service]:
    """The shop on node-a, and node-b, which is sampled until now but for ten minutes."""
    around = range(invented.START - 30 * EVERY + SECOND, invented.START + 30 * EVERY, EVERY)
    now = SYSTEM_CLOCK.now()
    hour = range(now - 250 * EVERY, now, EVERY)
    samples = series_with(
        scrapes("node-a", around), scrapes("node-b", [*hour[:120], *hour[160:]], busy=0.6)
    )
    with serving(memory_store(invented.shop_documents()), series=samples) as service:
        yield service


@pytest.fixture(params=[True, False], ids=["JavaScript", "no-JavaScript"])
def page(request: pytest.FixtureRequest, shop: Service, open_page: OpenPage) -> Page:
    """A page of a browser with JavaScript, and of one without."""
    return open_page(java_script_enabled=request.param, base_url=shop.url)


def box(shape: Locator) -> tuple[float, float]:
    """Width and height on the screen."""
    found = shape.bounding_box()
    assert found is not None
    return found["width"], found["height"]


def test_a_person_finds_the_charts_of_a_node(page: Page):
    page.goto("/")
    page.get_by_role("link", name="Nodes").click()
    row = page.locator(".nodes tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("60 %")
    page.get_by_role("link", name="node-b").click()
    expect(page).to_have_title("node-b · node · clew")
    charts = page.locator(".chart")
    expect(charts).to_have_count(5)
    expect(charts.first).to_contain_text("60 % busy")
    expect(charts.first).to_be_in_viewport()


def test_lines_are_drawn_as_wide_as_their_time_and_not_over_a_gap(page: Page):
    page.goto("/nodes/node-b")
    plot = page.locator(".plot").first
    width, height = box(plot)
    busy = plot.locator("path.stroke.k-0")
    assert box(busy)[0] == pytest.approx(width, rel=0.03)
    gap = plot.locator(".gap")
    expect(gap).to_have_count(1)
    assert box(gap)[0] == pytest.approx(width / 6, rel=0.1)
    assert box(gap)[1] == pytest.approx(height, abs=1)
    assert (busy.get_attribute("d") or "").count("M") == 2


def test_a_transaction_leads_to_its_node_at_its_time(page: Page):
    page.goto(f"/transactions/{invented.FAILED}")
    lanes = page.locator(".lanes tbody tr")
    expect(lanes).to_contain_text("node-a")
    for lane in lanes.locator("td.lane").all():
        band, stroke = lane.locator(".band"), lane.locator(".stroke")
        assert box(stroke)[0] > 10 * box(band)[0] > 0
    page.get_by_role("link", name="node-a").click()
    expect(page.locator("h1")).to_have_text("node-a")
    expect(page.locator(".plot").first).to_be_visible()
    assert page.get_by_label("Since").input_value().startswith("2023-01-29T08:39:09")


def test_another_time_is_a_link_away(page: Page):
    page.goto("/nodes/node-b")
    page.get_by_role("link", name="last 15m").click()
    expect(page.locator(".choices [aria-current]")).to_have_text("last 15m")
    expect(page.locator(".plot").first.locator(".gap")).to_have_count(0)


def test_a_line_has_a_colour_of_its_own_in_light_and_dark(shop: Service, open_page: OpenPage):
    colours = set()
    for scheme in ("light", "dark"):
        page = open_page(color_scheme=scheme, base_url=shop.url)
        page.goto("/nodes/node-b")
        for kind in ("k-0", "k-1"):
            stroke = page.locator(f".plot path.stroke.{kind}").first
            colours.add(stroke.evaluate("path => getComputedStyle(path).stroke"))
    assert len(colours) == 4
