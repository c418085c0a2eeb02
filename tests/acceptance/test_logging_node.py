"""What stands in the pages on Node's loggers, run with the loggers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.libraries import node
from tests.support.libraries.case import Case
from tests.support.libraries.page import PAGES, blocks_of, check_output, write_blocks

pytestmark = pytest.mark.timeout(900)  # the first time, packages are fetched

OPENTELEMETRY = ("@opentelemetry/api@1.9.0", "@opentelemetry/sdk-trace-node@2.12.0")


@pytest.mark.parametrize(
    ("page", "package"), [("pino", "pino@10.4.0"), ("winston", "winston@3.19.0")]
)
def test_what_the_program_of_a_page_prints_is_canonical(
    page: str, package: str, tmp_path: Path
) -> None:
    """Copied from the page, the program prints canonical lines, with the IDs of its request."""
    write_blocks(PAGES / f"{page}.md", tmp_path)
    case = Case(tmp_path, "node", "canonical", "shop.mjs", (package, *OPENTELEMETRY))
    check_output(node.run(case))


def test_the_pages_share_what_knows_the_fields() -> None:
    """`canonical.mjs` is the same in both pages: a service may have both loggers."""
    pino, winston = (blocks_of(PAGES / f"{page}.md") for page in ("pino", "winston"))
    assert pino["canonical.mjs"] == winston["canonical.mjs"]
