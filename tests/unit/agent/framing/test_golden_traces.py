"""What real languages printed is grouped, and understood, as it was meant."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from clew.schema.interpreting import interpret
from clew.schema.line import DIALECTS
from scripts.traces import print_trace
from tests.support.traces import CASES, OUTPUTS, joined, lines_of, outcome


def expected(path: Path):
    return json.loads(path.with_suffix(".expected.json").read_bytes())


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_golden_case_becomes_the_records_it_should(path: Path):
    assert outcome(path.read_bytes()) == expected(path)


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_carriage_returns_change_no_group(path: Path):
    """A program that ends its lines with CR and LF has its traces joined, and understood, alike."""
    records = outcome(path.read_bytes().replace(b"\n", b"\r\n"))
    names = ("lines", "traced", "error.type")
    assert [[record.get(name) for name in names] for record in records] == [
        [record.get(name) for name in names] for record in expected(path)
    ]


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_text_goes_missing(path: Path):
    """The message and the trace hold all that was printed."""
    for content, _ in joined(lines_of(path.read_bytes())):
        line = interpret(content)
        record = json.loads(line.json)
        text, trace = content.decode(), record.get("error.stack_trace", "")
        if DIALECTS[line.dialect] != "text":  # its head has fields of its own
            assert record["message"] in "\n".join(each.strip() for each in text.split("\n"))
            continue
        announced = text.removesuffix(trace)
        assert announced + trace == text
        if announced:
            assert record["message"] == (announced.rstrip("\n") if trace else text)


@pytest.mark.parametrize("path", [path for path in CASES if path.suffix == ".py"], ids=str)
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="golden cases are of Python 3.11")
def test_this_python_still_prints_it_so(path: Path):
    """The golden cases are what the language prints, not what somebody remembers of it."""
    printed = print_trace(path)
    assert printed is not None
    kept = [
        {name: record.get(name) for name in ("lines", "error.type", "error.message")}
        for record in expected(path)
    ]
    assert [{name: record.get(name) for name in kept[0]} for record in outcome(printed)] == kept
