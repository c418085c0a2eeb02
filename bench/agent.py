"""
What following a node costs: clew's agent, and Fluent Bit beside it, as whole processes.

With FLUENT_BIT=/path/to/fluent-bit both run in turns, and the ratios are printed with the goals. It
takes some ten minutes, so `make bench` leaves it out: `make bench-agent`.
"""

from __future__ import annotations

import os

from bench.agents import jobs, steady
from bench.agents.contenders import Clew, Contender, find_fluent_bit
from bench.agents.measured import measured_cpu, our_cpu
from bench.agents.steady import Sizes
from bench.results import Figure

LINES = 600_000
COPIES = 3
ROUNDS = 3


def run() -> list[Figure]:
    return run_sized(LINES, COPIES, ROUNDS, Sizes())


def run_sized(lines: int, copies: int, rounds: int, sizes: Sizes) -> list[Figure]:
    """All of it, with so many lines, copies of train-ticket and rounds."""
    os.sched_setaffinity(0, {our_cpu()})
    if our_cpu() == measured_cpu():
        print("there is one CPU only: what is measured shares it with the sink")
    fluent_bit = find_fluent_bit()
    if fluent_bit is None:
        print("no ratios: FLUENT_BIT names no binary to measure beside")
    figures = [
        figure
        for job in jobs.jobs(lines, copies)
        for figure in jobs.measure(job, fluent_bit, rounds)
    ]
    contenders: list[Contender] = [Clew()] if fluent_bit is None else [Clew(), fluent_bit]
    for contender in contenders:
        figures += steady.measure(contender, sizes)
    return figures
