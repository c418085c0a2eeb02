"""The pages on Java's loggers are run as they stand: every line they make is canonical."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import UNSET

from clew.schema.record import Record, decode_canonical
from tests.support.components import ROOT
from tests.support.libraries.case import CASES
from tests.support.libraries.java import run_program

PAGES = ROOT / "docs" / "logging"

_BLOCK = re.compile(r"^```\w+ title=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PACKAGE = re.compile(r"<(?:groupId|artifactId|version)>([^<]+)</")
_TRACE, _SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
_OF_MICROMETER = {"key.trace": "traceId", "key.span": "spanId"}
_OF_OPENTELEMETRY = {"key.trace": "trace_id", "key.span": "span_id"}
_PLACED = "order placed\nby telephone"
_DEPENDENCIES, _MAIN = "dependencies.xml", "Shop.java"


def test_logback_is_canonical_as_its_page_sets_it_up(tmp_path: Path) -> None:
    """Context and key-value pairs become labels, also a number."""
    check(run_page("logback", tmp_path))


def test_log4j2_is_canonical_as_its_page_sets_it_up(tmp_path: Path) -> None:
    """A template of our own is all that it takes."""
    check(run_page("log4j2", tmp_path))


@pytest.mark.parametrize("version", ["3.4.13", "", "4.1.2"], ids=lambda name: name or "page")
def test_spring_boot_is_canonical_as_its_page_sets_it_up(version: str, tmp_path: Path) -> None:
    """So are its own lines at start-up; ECS of Spring Boot is nested since 3.5, and this is not."""
    check(run_page("spring-boot", tmp_path, version=version))


@pytest.mark.parametrize(
    ("page", "case", "programs", "keys"),
    [
        ("logback", "logback", ["Shop.java"], _OF_MICROMETER),
        ("log4j2", "log4j2-text", ["Shop.java"], _OF_OPENTELEMETRY),
        ("spring-boot", "logback", ["SpringShop.java", "Shop.java"], _OF_OPENTELEMETRY),
    ],
    ids=["logback", "log4j2", "spring-boot"],
)
def test_whatever_is_logged_is_canonical(
    page: str, case: str, programs: list[str], keys: dict[str, str], tmp_path: Path
) -> None:
    """Null, not-a-number, objects, and a key `a.b` beside a key `a`, too."""
    texts = {name: (CASES / case / name).read_text() for name in programs}
    records = decode(run_page(page, tmp_path, programs=texts, properties=keys))
    odd = records['odd "quotes" \\ back\nsecond line\tტ 🧶']
    assert isinstance(odd.labels, dict)
    assert (odd.labels["a"], odd.labels["a.b"], odd.labels["nan"]) == ("1", "2", "NaN")
    assert (records["order placed"].trace, records["order placed"].span) == (_TRACE, _SPAN)


def run_page(
    name: str,
    folder: Path,
    version: str = "",
    programs: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
) -> bytes:
    """
    What the program of a page prints; or others in its place, of which the first is run. With
    another version of its packages, where one is given.
    """
    blocks = dict(_BLOCK.findall((PAGES / f"{name}.md").read_text()))
    parts = _PACKAGE.findall(blocks.pop(_DEPENDENCIES))
    packages = [
        f"{group}:{artifact}:{version or its_own}"
        for group, artifact, its_own in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]
    for title, text in {**blocks, **(programs or {})}.items():
        (folder / title).write_text(text)
    main = next(iter(programs or [_MAIN]))
    others = [title for title in blocks if title.endswith(".java") and title != _MAIN]
    return run_program(folder, [main, *others], packages, properties)


def check(printed: bytes) -> None:
    """Raises AssertionError unless all lines are canonical, and the events are complete."""
    records = decode(printed)
    placed, failed, started = map(records.get, (_PLACED, "payment failed", "shop started"))
    assert placed is not None
    assert failed is not None
    assert started is not None
    check_ids(placed)
    check_ids(failed)
    check_failure(failed)
    assert placed.labels == {"articles": "3", "customer": "4711"}
    assert (started.trace, started.transaction, started.labels) == (UNSET, UNSET, UNSET)
    assert (started.level, started.logger, started.thread) == ("INFO", "shop.orders", "main")


def decode(printed: bytes) -> dict[str, Record]:
    """The records by their messages. Raises AssertionError for a line that is not canonical."""
    records = {}
    for line in printed.splitlines():
        record = decode_canonical(line)
        assert record is not None, line.decode()
        assert record.timestamp is not UNSET
        assert record.service == "shop"
        assert isinstance(record.message, str)
        records[record.message] = record
    return records


def check_ids(record: Record) -> None:
    assert record.trace == _TRACE
    assert record.span == _SPAN
    assert record.transaction == "A-17"


def check_failure(record: Record) -> None:
    assert record.error_type == "java.lang.IllegalStateException"
    assert record.error_message == "card refused"
    assert isinstance(record.stack_trace, str)
    assert "\tat Shop.main(Shop.java:" in record.stack_trace
