"""
A real Chromium for tests, and pages in it that have nothing to complain about.

Playwright runs an event loop in the test's own thread while `chromium` lives, which is why it lives
no longer than a module: `asyncio.run` is not possible beside it. What a test needs from asyncio has
to be done by fixtures that come before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.support.components import require_chromium

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Without these it looks for updates and experiments of its own while a test runs.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Page]
"""Opens a page in a fresh profile; options as of Playwright's `Browser.new_context`."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = require_chromium()
    # Chromium's sandbox refuses to run for root, which is who tests run as in containers.
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """
    Pages that fail the test in the end if they complained or looked elsewhere.

    A complaint is a message of error in the console (what the policy blocked is one) or an
    exception in a script; elsewhere is any other host than this machine.
    """
    problems: list[str] = []
    contexts = []

    def complained(message: ConsoleMessage) -> None:
        if message.type == "error" and not _of_the_page_itself(message):
            problems.append(message.text)

    def requested(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:")):
            problems.append(f"asked for {request.url}")

    def open_page(**options: Any) -> Page:
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", complained)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", requested)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def _of_the_page_itself(message: ConsoleMessage) -> bool:
    """Chromium also notes that the page it shows came with a 404 or a 400, as some of ours do."""
    page = message.page
    return (
        page is not None and message.location["url"] == page.url and "status of 4" in message.text
    )
