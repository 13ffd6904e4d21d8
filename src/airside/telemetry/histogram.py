"""Quantiles out of cumulative buckets, as Prometheus' histogram_quantile estimates them."""

from __future__ import annotations

import math
from collections.abc import Mapping


def estimate_quantile(quantile: float, buckets: Mapping[float, float]) -> float:
    """`buckets`: upper bound -> observations up to it. NaN where nothing was observed or there is no +Inf bucket."""
    if math.isnan(quantile):
        return math.nan
    if quantile < 0 or quantile > 1:
        return -math.inf if quantile < 0 else math.inf
    bounds = sorted(buckets)
    if len(bounds) < 2 or bounds[-1] != math.inf or buckets[math.inf] == 0:
        return math.nan
    rank = quantile * buckets[math.inf]
    index = next(i for i, bound in enumerate(bounds) if buckets[bound] >= rank)
    upper = bounds[index]
    if upper == math.inf:
        return bounds[-2]  # beyond the last finite bound nothing is known
    if index == 0 and upper <= 0:
        return upper
    lower, below = (bounds[index - 1], buckets[bounds[index - 1]]) if index else (0.0, 0.0)
    inside = buckets[upper] - below
    return upper if inside == 0 else lower + (upper - lower) * (rank - below) / inside
