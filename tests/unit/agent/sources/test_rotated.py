from __future__ import annotations

import pytest

from agent.sources.rotated import is_log, parse_rotated


@pytest.mark.parametrize(
    "oldest_first",
    [
        ["app.log.12", "app.log.3", "app.log.2.gz", "app.log.1"],
        ["app.log-20221231.gz", "app.log-20230129", "app.log-20230130"],
        ["app.log-20230129-0900", "app.log-20230129-1000"],
        ["app.log.2023-01-29.2.gz", "app.log.2023-01-29.10.gz", "app.log.2023-01-30.0.gz"],
        ["app.log-20230129", "app.log.1"],
        ["app.log.2023-01-29_23-59-59.9", "app.log.2023-01-30T00:00:00"],
    ],
)
def test_rotated_files_are_in_the_order_in_which_they_were_written(oldest_first: list[str]):
    found = [each for name in oldest_first if (each := parse_rotated(name)) is not None]
    assert [each.live for each in found] == ["app.log"] * len(oldest_first)
    assert sorted(found, key=lambda each: each.order) == found


@pytest.mark.parametrize(
    "name", ["app.log", "app-1.log", "app.log.gz", "app.log.1.gz.tmp", "1", ".1"]
)
def test_the_name_of_no_rotated_file(name: str):
    assert parse_rotated(name) is None


def test_what_is_not_whole_or_not_gzip_is_no_log():
    names = {"a.1", "a.1.gz", "a.2.gz", "a.3.xz", "a.tmp", "a~"}
    assert {name for name in names if is_log(name, names)} == {"a.1", "a.2.gz"}
