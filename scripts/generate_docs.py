"""
Write the pages that come from code, so that they say what the code does.

Without an argument each page is written; with --check nothing is, and the exit code is 1 if a page
is not what it would be.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.pages.commands import commands_page
from scripts.pages.configuration import configuration_page
from scripts.pages.dialects import dialects_page
from scripts.pages.fields import fields_page
from scripts.pages.grafana import grafana_dashboard
from scripts.pages.metrics import metrics_page
from scripts.pages.prometheus_rules import prometheus_rules
from scripts.pages.redaction import redaction_page
from scripts.pages.rejections import rejections_page

ROOT = Path(__file__).parents[1]

PAGES: dict[str, Callable[[], str]] = {
    "dashboards/clew-pipeline.json": grafana_dashboard,
    "dashboards/clew.rules.yaml": prometheus_rules,
    "docs/commands.md": commands_page,
    "docs/configuration.md": configuration_page,
    "docs/metrics.md": metrics_page,
    "docs/redaction.md": redaction_page,
    "docs/spec/dialects.md": dialects_page,
    "docs/spec/fields.md": fields_page,
    "docs/spec/rejections.md": rejections_page,
}


def stale_pages() -> dict[Path, str]:
    """The pages that are not what the code says, and what they should be."""
    generated = {ROOT / name: generate() for name, generate in PAGES.items()}
    return {
        page: text
        for page, text in generated.items()
        if not page.exists() or page.read_text() != text
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    stale = stale_pages()
    for page, text in stale.items():
        if check:
            print(f"{page.relative_to(ROOT)} is out of date: run `make docs`")
        else:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
