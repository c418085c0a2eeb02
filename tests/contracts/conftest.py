"""The suites are modules that pytest does not collect: their asserts are rewritten all the same."""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts.agreement",
    "tests.contracts.changing",
    "tests.contracts.counting",
    "tests.contracts.ordering",
    "tests.contracts.releasing",
    "tests.contracts.searching",
    "tests.contracts.series_agreement",
    "tests.contracts.series_running",
    "tests.contracts.series_selecting",
    "tests.contracts.series_store",
    "tests.contracts.state_store",
    "tests.contracts.writing",
)
