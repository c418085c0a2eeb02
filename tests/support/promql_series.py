"""
Series to evaluate PromQL over: some written by hand for one question each, some invented.

Times are seconds after BASE. Nothing is older than the first sample of `steady_total`, and all lies
within 50 minutes: a Prometheus that begins with it takes nothing from more than an hour before.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Iterable
from random import Random

from clew.promql.evaluation import Fed
from clew.promql.expression import Expression, selectors
from clew.promql.matchers import all_match
from clew.promql.values import Wanted
from clew.store.protocols import Series

BASE = 1_750_000_000 * 10**9
LAST = 3000
"""The last second of the invented series."""

STALE: float = struct.unpack("<d", (0x7FF0000000000002).to_bytes(8, "little"))[0]

_MILLISECOND = 10**6


def at(seconds: float) -> int:
    """Unix nanoseconds, in whole milliseconds as Prometheus has them."""
    return BASE + round(seconds * 1000) * _MILLISECOND


def series(name: str, samples: Iterable[tuple[float, float]], **labels: str) -> Series:
    times, values = array("q"), array("d")
    for seconds, value in samples:
        times.append(at(seconds))
        values.append(value)
    return Series({"__name__": name, **labels}, times, values)


def by_hand() -> list[Series]:
    minutes = [60.0 * minute for minute in range(31)]
    return [
        series("steady_total", [(second, second) for second in minutes]),
        series("resetting_total", [(0, 10), (60, 20), (120, 5), (180, 15)]),
        series("resetting_twice_total", [(0, 10), (60, 4), (120, 8), (180, 8), (240, 1)]),
        series("young_total", [(150, 2), (165, 12), (180, 22)]),
        series("gappy_total", [(0, 0), (60, 60), (600, 600), (660, 660)]),
        series("below_zero_total", [(0, -10), (60, -4)]),
        series("standing_total", [(0, 5), (60, 5)]),
        series("huge", [(0, 1.7e308), (60, 1.7e308)]),
        series("single_total", [(60, 7)]),
        series("falling", [(0, 100), (60, 80), (120, 40)]),
        series("negative", [(0, -5), (60, -3), (120, -4)], kind="a"),
        series("with_nan", [(0, 1), (60, math.nan), (120, math.nan), (180, 3)]),
        series("only_nan", [(0, math.nan), (60, math.nan)]),
        series("infinite", [(0, 1), (60, math.inf), (120, -math.inf)]),
        series("ended", [(0, 1), (60, 2), (120, STALE)]),
        series("interrupted", [(0, 1), (60, STALE), (120, 4)]),
        series("zero", [(0, 0)], kind="a"),
        series("left", [(0, 1)], one="1", two="1"),
        series("left", [(0, 2)], one="2", two="1"),
        series("left", [(0, 3)], one="3", two="2"),
        series("right", [(0, 10)], one="1", two="1"),
        series("right", [(0, 20)], one="2", two="1"),
        series("right", [(0, 40)], one="4", two="9"),
        series("owner", [(0, 1)], two="1", team="red"),
        series("owner", [(0, 1)], two="2", team="blue"),
        series("sized_bucket", [(0, 5)], le="1"),
        series("sized_bucket", [(0, 15)], le="2.5"),
        series("sized_bucket", [(0, 20)], le="+Inf"),
        series("sized_bucket", [(0, 3)], le="much"),
        series("broken_bucket", [(0, 6)], le="-1"),
        series("broken_bucket", [(0, 5)], le="1"),
        series("broken_bucket", [(0, 20)], le="+Inf"),
        series("headless_bucket", [(0, 6)], le="1"),
        series("headless_bucket", [(0, 7)], le="2"),
        series("doubled_bucket", [(0, 2)], le="1"),
        series("doubled_bucket", [(0, 3)], le="1.0"),
        series("doubled_bucket", [(0, 10)], le="+Inf"),
        series("empty_bucket", [(0, 0)], le="-1"),
        series("empty_bucket", [(0, 0)], le="+Inf"),
    ]


def invented(seed: int) -> list[Series]:
    """Counters, gauges and histograms with jitter, gaps, resets, NaN and series that end."""
    random = Random(seed)
    found = []
    for job in ("shop", "cart", "bank"):
        for instance in ("a:80", "b:80", "c:80"):
            of_target = {"job": job, "instance": instance}
            found.append(
                series("up", _gauge(random, lambda r: float(r.random() < 0.9)), **of_target)
            )
            found.append(series("load", _gauge(random, lambda r: r.gauss(0, 3)), **of_target))
            found += [
                series("requests_total", _counter(random), code=code, **of_target)
                for code in ("200", "404", "500")
            ]
        found += [
            series("seconds_bucket", counts, job=job, le=bound)
            for bound, counts in _histogram(random)
        ]
        found.append(series("limit", [(15.0 * step, 3.0) for step in range(LAST // 15)], job=job))
    return found


def feed(expression: Expression, moment: int, every: list[Series]) -> Fed:
    """What an expression wants, and not a sample more."""
    return {
        wanted: [_cut(each, wanted) for each in every if all_match(wanted.matchers, each.labels)]
        for wanted in selectors(expression, moment)
    }


def _cut(whole: Series, wanted: Wanted) -> Series:
    within = [
        index for index, time in enumerate(whole.times) if wanted.since <= time <= wanted.until
    ]
    part = slice(within[0], within[-1] + 1) if within else slice(0)
    return Series(whole.labels, whole.times[part], whole.values[part])


def _times(random: Random) -> list[float]:
    """Every 15 or 30 s and some milliseconds, now and then with nothing for minutes."""
    interval, jitter = random.choice([15, 30]), random.choice([0, 0.02, 2])
    offset = random.choice([0, random.uniform(0, interval)])
    times, second = [], 1 + offset
    while second < LAST - 10:
        times.append(round(second + random.uniform(0, jitter), 3))
        second += interval if random.random() > 0.01 else random.uniform(60, 500)
    return times


def _gauge(random, value) -> list[tuple[float, float]]:
    samples = [(second, value(random)) for second in _times(random)]
    for index in random.sample(range(len(samples)), 2):
        samples[index] = (samples[index][0], random.choice([math.nan, STALE, math.inf]))
    return samples


def _counter(random: Random) -> list[tuple[float, float]]:
    samples, value = [], float(random.randrange(1000))
    for second in _times(random):
        value = 0.0 if random.random() < 0.02 else value + random.choice([0, 1, 2.5, 40])
        samples.append((second, value))
    if random.random() < 0.3:
        samples.append((samples[-1][0] + 1, STALE))
    return samples


def _histogram(random: Random) -> list[tuple[str, list[tuple[float, float]]]]:
    bounds = ["0.1", "0.5", "1", "5", "+Inf"]
    counts = [0.0] * len(bounds)
    rows: list[list[tuple[float, float]]] = [[] for _ in bounds]
    for second in _times(random):
        for _ in range(random.randrange(5)):
            for index in range(random.randrange(len(bounds)), len(bounds)):
                counts[index] += 1
        for row, count in zip(rows, counts, strict=True):
            row.append((second, count))
    return list(zip(bounds, rows, strict=True))
