"""The benchmark of the agent, very small: that it can be run, not what it finds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import agent
from bench.agents.contenders import Clew, FluentBit
from bench.agents.jobs import run_once
from bench.agents.steady import Sizes
from bench.agents.trees import alias_tree, canonical_tree

# No package has it: whoever wants it beside names it, in CI too.
FLUENT_BIT = os.environ.get("FLUENT_BIT")
SMALL = Sizes(seconds=0.5, lines_per_second=2_000, idle_containers=3, started_files=5, rounds=1)


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that is kept goes to a folder of the test; the CPUs are given back."""
    monkeypatch.setenv("CLEW_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FLUENT_BIT", raising=False)
    before = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, before)


def test_every_job_has_figures(monkeypatch, tmp_path):
    """Each job is run, under load and idle too, and gives figures; one without its data is not."""
    monkeypatch.setenv("CLEW_TRAINTICKET", str(tmp_path / "none"))

    figures = agent.run_sized(lines=500, copies=1, rounds=1, sizes=SMALL)

    names = " ".join(figure.name for figure in figures)
    for job in ("canonical CRI lines", "JSON of other", "2,000 lines/s", "3 idle", "5 files"):
        assert job in names
    assert all(figure.value >= 0 for figure in figures if "memory grows" not in figure.name)


def test_a_tree_is_made_once():
    """What is kept is used again, and holds as many lines as were asked for."""
    made = canonical_tree(30)
    first = next(made.folder.rglob("0.log"))
    first.write_bytes(b"as it was left\n")

    assert canonical_tree(30) == made
    assert made.lines == 30
    assert first.read_bytes() == b"as it was left\n"


def test_lines_of_other_loggers_arrive_whole():
    """A run is counted as one only if every line of the tree was acknowledged."""
    usage = run_once(Clew(), alias_tree(200))

    assert usage.exit_code == 0


@pytest.mark.skipif(FLUENT_BIT is None, reason="FLUENT_BIT names no binary")
def test_fluent_bit_is_measured_beside():
    """Its configuration is taken, and every line arrives, framed, parsed and compressed."""
    contender = FluentBit(Path(FLUENT_BIT or ""), "Fluent Bit")

    assert run_once(contender, alias_tree(200)).exit_code == 0
