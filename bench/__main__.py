"""`python -m bench [NAME ...]`: run all benchmarks, or those named."""

from __future__ import annotations

import sys

from bench import (
    agent,
    first_output,
    grouping,
    lines,
    promql,
    redaction,
    sampling,
    series,
    shedding,
    store,
)
from bench.results import keep

BENCHMARKS = {
    "agent": agent.run,
    "grouping": grouping.run,
    "lines": lines.run,
    "sampling": sampling.run,
    "shedding": shedding.run,
    "redaction": redaction.run,
    "store": store.run,
    "series": series.run,
    "promql": promql.run,
    "first_output": first_output.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    for name in names or BENCHMARKS:
        keep(name, BENCHMARKS[name]())
    return 0


sys.exit(main(sys.argv[1:]))
