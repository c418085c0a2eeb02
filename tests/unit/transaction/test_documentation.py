from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from clew.answers import node_figures
from clew.schema.document import Collection
from clew.schema.timestamps import SECOND
from clew.search.evaluation import matches
from clew.transaction.assembly import assemble
from clew.transaction.closure import HUB_TRACES, Closure
from clew.transaction.completeness import ALLOWANCE, GAP_FOUND_WITHIN
from clew.transaction.model import (
    AgentBehind,
    Completeness,
    Line,
    NodeFigures,
    Share,
    Step,
    Summary,
    Transaction,
    Verdict,
)
from clew.wire.report import ReportedShed
from tests.support.reports import report
from tests.support.sources import source

PAGE = (Path(__file__).parents[3] / "docs" / "spec" / "transaction.md").read_text()

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
MOMENT = 1_674_981_729_000  # 2023-01-29T08:42:09Z in milliseconds

SOURCES = {
    "c7k2mtq4zj5xw3aa-000000000000": source(
        MOMENT,
        "gateway",
        kubernetes__node__name="node-3",
        message="POST /orders",
        trace__id=TRACE,
        span__id="a000000000000001",
    ),
    "hq3n6vbd2yre4saa-000000004a10": source(
        MOMENT + 12,
        "order",
        kubernetes__node__name="node-3",
        message="payment refused",
        error=True,
        trace__id=TRACE,
        span__id="b000000000000002",
        parent__id="a000000000000001",
        clew__transaction="ORDER-4711",
        calls="payment",
    ),
}

REPORTS = [
    report(
        "node-1",
        (MOMENT + 4000) * 1_000_000,
        shed=[
            ReportedShed("shop_cart_u/cart/0", "debug", kind, MOMENT * 10**6, MOMENT * 10**6, n, 9)
            for kind, n in (("debug", 1000), ("trace", 204))
        ],
    ),
    report("node-3", (MOMENT - 67_000) * 1_000_000, gaps=[((MOMENT + 2000) * 1_000_000, 4096)]),
]


NODES = [NodeFigures("node-3", Share(0.34, 0.8), Share(0.61, 0.61), 3)]


def test_example():
    """The answer that the page shows is the one that its lines get."""
    closure = Closure("ORDER-4711")
    while (wanted := closure.wanted()) is not None:
        closure.feed(
            (name, Collection.LOGS, each) for name, each in SOURCES.items() if matches(wanted, each)
        )
    answer = assemble(closure, (MOMENT + 5000) * 1_000_000, REPORTS)
    answer = dataclasses.replace(answer, nodes=NODES)
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert json.loads(example[1]) == answer.as_json()


@pytest.mark.parametrize(
    "shape",
    [Transaction, Line, Step, Verdict, Completeness, AgentBehind, NodeFigures, Share, Summary],
)
def test_every_field_is_described(shape: type):
    """The page says what each field of the answer means."""
    assert dataclasses.is_dataclass(shape)
    names = {field.name for field in dataclasses.fields(shape)} - {"source", "node_lanes"}
    assert names <= set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))


def test_limit_of_a_hub():
    """The page names the number of traces that makes a hub."""
    assert f"more than {HUB_TRACES} traces" in PAGE


def test_times_of_completeness():
    """The page names how far behind is far, and for how long a gap may be found late."""
    assert f"{ALLOWANCE // SECOND} s before now" in PAGE
    assert GAP_FOUND_WITHIN == 3600 * SECOND
    assert "up to an hour after its end" in PAGE


def test_limits_of_the_figures_of_nodes():
    """The page names what is not read, and how long the answer waits."""
    assert f"more than {node_figures.LONGEST // (3600 * SECOND)}\nhours" in PAGE
    assert f"first {node_figures.MOST_NODES}," in PAGE
    assert f"within {node_figures.PATIENCE_SECONDS:g} seconds" in PAGE
    assert node_figures.AROUND == 180 * SECOND
    assert "from three minutes before to three minutes after" in PAGE
