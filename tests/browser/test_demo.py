"""The demo from the wheel, in a real browser: from the first page to the step that failed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.browser import OpenPage
from tests.support.processes import wait_until
from tests.support.together import Up
from tests.support.wheel import Installation

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def demo(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(installation, tmp_path_factory.mktemp("demo") / "data", "--demo") as up:
        wait_until(lambda: any(t["failed_service"] for t in up.transactions()), "one has failed")
        yield up


def test_transactions_arrive_and_a_pasted_id_shows_the_step_that_failed(
    demo: Up, open_page: OpenPage
) -> None:
    """Rows appear by themselves; the ID of a failed order leads to its first failing step."""
    failed = next(t for t in demo.transactions() if t["failed_service"] == "payment")
    page = open_page(base_url=demo.url)
    page.goto("/?order=newest")
    newest = page.locator("table tbody tr").first.inner_text()
    expect(page.locator("table tbody tr").first).not_to_have_text(newest, timeout=30_000)

    page.get_by_label("Transaction ID").fill(failed["id"])
    page.get_by_role("button", name="Find").click()
    verdict = page.locator(".verdict.failed")
    expect(verdict).to_contain_text("FAILED at step")
    expect(verdict).to_contain_text("payment")
    expect(verdict).to_contain_text(failed["reason"])
