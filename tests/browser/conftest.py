"""The fixtures of the browser, for this folder only: the rest of the tests needs no Chromium."""

from tests.support.browser import chromium, open_page

__all__ = ["chromium", "open_page"]
