"""
Take the pictures of docs/pictures from a running demo.

It starts the shop with an installation of its own, lets it trade until there is something to see,
and asks Debian's Chromium for pictures of the pages. It takes some two minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from clew.runtime.addresses import free_port
from clew.transaction.links import transaction_path
from tests.support.browser import ARGUMENTS
from tests.support.components import find_program
from tests.support.processes import wait_until

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
TRADING_SECONDS = 84
"""Node figures come every 15 s; payment is in trouble from the 20th second on, then stock."""
WIDTH, HEIGHT = 1280, 800

RULES = """
groups:
  - name: shop
    interval: 5s
    rules:
      - alert: PaymentFails
        log: {query: service:payment level>=error, window: 2m, more_than: 3, by: [service]}
        labels: {severity: page}
        annotations: {summary: "{{ $value }} payments failed within 2 minutes"}
"""


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """The address of a `clew up --demo` that has traded for a while."""
    (folder / "clew.yaml").write_text("agent: {node: node-1}")
    (folder / "rules.yaml").write_text(RULES)
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "clew", "up", "--demo", "--data", str(folder / "data")]
    command += ["--listen", f"127.0.0.1:{port}", "--rules", str(folder / "rules.yaml")]
    command += ["--config", str(folder / "clew.yaml")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        url = f"http://127.0.0.1:{port}"
        began = time.monotonic()  # noqa: TID251 - a real shop trades in real time
        try:
            wait_until(
                lambda: time.monotonic() - began > TRADING_SECONDS,  # noqa: TID251
                "the shop has traded",
                seconds=2 * TRADING_SECONDS,
            )
            yield url
        finally:
            running.terminate()


def ask(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def failed_payment(url: str) -> str:
    """An order whose payment failed, old enough for the figures of its node to be there."""
    transactions = ask(f"{url}/api/transactions?limit=200")["transactions"]
    failed = [each for each in transactions if each["failed_service"] == "payment"]
    return str(failed[len(failed) // 2]["id"])


def take(browser: Browser, url: str, pages: dict[str, str]) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(
            base_url=url,
            color_scheme="light" if scheme == "light" else "dark",
            viewport={"width": WIDTH, "height": HEIGHT},
        )
        page = context.new_page()
        for name, path in pages.items():
            page.goto(path)
            page.screenshot(path=PICTURES / f"{name}-{scheme}.png")
        context.close()


def main() -> int:
    chromium = find_program("chromium", "chromium-browser", "google-chrome")
    if chromium is None:
        print("Chromium is missing: run `sudo make setup-system`", file=sys.stderr)
        return 1
    PICTURES.mkdir(exist_ok=True)
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as url:
        pages = {
            "home": "/",
            "transaction": transaction_path(failed_payment(url)),
            "search": "/search?query=service%3Apayment+level%3E%3Dwarn",
            "conformance": "/conformance?since=15m",
            "alerts": "/alerts",
            "node": "/nodes/node-1?since=3m",
        }
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=[*ARGUMENTS, *sandbox]
            )
            take(browser, url, pages)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
