"""`python -m bench [NAME ...]`: run those named, else all but the long one of the agents."""

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
LONG = {"agent_process": agent.run}


def main(names: list[str]) -> int:
    known = BENCHMARKS | LONG
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    for name in names or BENCHMARKS:
        keep(name, known[name]())
    return 0


sys.exit(main(sys.argv[1:]))
