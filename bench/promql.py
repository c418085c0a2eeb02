"""How long an expression takes over the series it was fed."""

from __future__ import annotations

import time
from array import array
from random import Random

from bench.results import Figure, median
from clew.promql.expression import evaluate, parse, selectors
from clew.store.protocols import Series

SERIES = 200
ROUNDS = 21
AT = 1_750_000_000 * 10**9
EVERY_SECONDS = 15
HOUR_SECONDS = 3600

EXPRESSIONS = {
    "rate over 1 h": "rate(requests_total[1h])",
    "rate over 5 m": "rate(requests_total[5m])",
    "share of errors": 'sum by (job) (rate(requests_total{code="500"}[5m]))'
    " / sum by (job) (rate(requests_total[5m])) > 0.05",
    "maximum over 1 h": "max_over_time(requests_total[1h])",
    "where it leads from 1 h": "predict_linear(requests_total[1h], 3600)",
    "the latest above 5": "requests_total > 5",
}


def run() -> list[Figure]:
    series = [_counter(Random(number), number) for number in range(SERIES)]
    figures = [
        median(f"{SERIES} series every 15 s, {name}", "ms", _rounds(text, series))
        for name, text in EXPRESSIONS.items()
    ]
    return [*figures, median("an expression read", "us", _readings())]


def _counter(random: Random, number: int) -> Series:
    times, values, value = array("q"), array("d"), 0.0
    begins = AT - HOUR_SECONDS * 10**9 + random.randrange(EVERY_SECONDS * 10**9)
    for step in range(HOUR_SECONDS // EVERY_SECONDS):
        value = 0.0 if random.random() < 0.001 else value + random.random()
        times.append(begins + step * EVERY_SECONDS * 10**9)
        values.append(value)
    labels = {"job": f"job-{number % 10}", "instance": f"10.0.0.{number}:8080", "code": "500"}
    return Series({"__name__": "requests_total", **labels}, times, values)


def _rounds(text: str, series: list[Series]) -> list[float]:
    expression = parse(text)
    fed = dict.fromkeys(selectors(expression, AT), series)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        evaluate(expression, fed, AT)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _readings() -> list[float]:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        parse(EXPRESSIONS["share of errors"])
        took.append((time.perf_counter() - began) * 1_000_000)
    return took
