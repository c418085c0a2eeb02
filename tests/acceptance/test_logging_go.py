"""What stands in the pages on Go's loggers, run with the loggers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.libraries import go
from tests.support.libraries.case import Case
from tests.support.libraries.page import PAGES, check_output, write_blocks

pytestmark = pytest.mark.timeout(900)  # the first time, modules are fetched and compiled

BESIDES = (
    "github.com/pkg/errors@v0.9.1",
    "go.opentelemetry.io/otel@v1.47.0",
    "go.opentelemetry.io/otel/sdk@v1.47.0",
    "go.opentelemetry.io/otel/trace@v1.47.0",
)


@pytest.mark.parametrize(
    ("page", "modules"),
    [
        ("slog", ()),
        ("zap", ("go.uber.org/zap@v1.28.0",)),
        ("zerolog", ("github.com/rs/zerolog@v1.35.1",)),
    ],
)
def test_what_the_program_of_a_page_prints_is_canonical(
    page: str, modules: tuple[str, ...], tmp_path: Path
) -> None:
    """Copied from the page, the program prints canonical lines, with the IDs of its request."""
    write_blocks(PAGES / f"{page}.md", tmp_path)
    case = Case(tmp_path, "go", "canonical", "main.go", (*modules, *BESIDES))
    check_output(go.run(case))
