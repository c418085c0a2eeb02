from __future__ import annotations

import math

import pytest

from clew.promql.histograms import bucket_quantile


@pytest.mark.parametrize("share", [0.4, 0.49, 0.5, 0.51, 0.9])
def test_counts_that_differ_by_a_rounding_are_the_same(share: float):
    """Rates of counters that always grew together differ in their last digits."""
    rounded = [(1.0, 9.999999999999998), (5.0, 10.0), (9.0, 10.0), (math.inf, 20.0)]
    low = 9.999999999999998
    exact = [(1.0, low), (5.0, low), (9.0, low), (math.inf, 20.0)]
    assert bucket_quantile(share, rounded) == bucket_quantile(share, exact)


def test_the_order_of_buckets_does_not_matter():
    buckets = [(1.0, 5.0), (2.5, 15.0), (math.inf, 20.0)]
    assert bucket_quantile(0.5, buckets[::-1]) == bucket_quantile(0.5, buckets) == 1.75
