"""Fits models: ridge regression, discriminant directions, and networks of one hidden layer by gradient descent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from airport.vision.features import Floats
from airport.vision.network import Network

# From a batch's outputs and its row numbers to the loss' slope at the outputs.
Slope = Callable[[Floats, npt.NDArray[np.int64]], Floats]

_SEED = 20
_BATCH = 128


def fit_template(rows: Floats, signs: Floats) -> Floats:
    """Weights whose product with a row is near its sign, heads and others counting alike; constant terms left out."""
    share = np.where(signs > 0, 0.5 / (signs > 0).sum(), 0.5 / (signs < 0).sum())[:, None]
    middle = (rows * share).sum(axis=0)
    centred = (rows - middle).astype(np.float64)
    square = centred.T @ (centred * share)
    toward = centred.T @ (signs[:, None] * share)
    return np.linalg.solve(square + np.eye(len(square)) * np.trace(square) / len(square) * 0.02, toward)[:, 0].astype(np.float32)


def fit_network(features: npt.NDArray[np.float16], outputs: int, slope: Slope, width: int, epochs: int) -> Network:
    """A network trained by Adam with dropout and a falling learning rate; features are put on one scale on the way."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    middle, spread = _scale(features)
    inputs = (features.astype(np.float32) - middle) / spread
    count, size = inputs.shape
    weights: list[Floats] = [
        rng.normal(0, np.sqrt(2 / size), (size, width)).astype(np.float32),
        np.zeros(width, np.float32),
        rng.normal(0, np.sqrt(1 / width), (width, outputs)).astype(np.float32),
        np.zeros(outputs, np.float32),
    ]
    descent = _Adam(weights)
    steps = epochs * (count // _BATCH)
    step = 0
    for _ in range(epochs):
        order = rng.permutation(count)
        for start in range(0, count - _BATCH + 1, _BATCH):
            batch = order[start : start + _BATCH]
            rate = 1.5e-3 * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
            descent.step(_gradients(weights, inputs[batch], batch, slope, rng), rate)
            step += 1
    # The scaling becomes part of the first layer, so that inference takes raw features.
    hidden = weights[0] / spread[:, None]
    return Network(np.ascontiguousarray(hidden.T), weights[1] - middle @ hidden, np.ascontiguousarray(weights[2].T), weights[3])


def fit_directions(features: Floats, who: npt.NDArray[np.int64], first: int, last: int) -> tuple[Floats, Floats]:
    """Projection and origin of a space in which pictures of one person are near each other, and others far.

    Principal components (the strongest `first` of them) and then Fisher's discriminants (`last`). Rows must come in
    equal numbers for each person.
    """
    rng = np.random.Generator(np.random.PCG64(_SEED))
    middle, spread = _scale(features)
    inputs = (features - middle) / spread
    # A random start and two rounds find the strong components well enough, far sooner than an exact decomposition.
    basis = rng.normal(0, 1, (inputs.shape[1], first)).astype(np.float32)
    for _ in range(3):
        basis = np.asarray(np.linalg.qr(inputs.T @ (inputs @ basis))[0], np.float32)
    parts = (inputs @ basis).astype(np.float64)
    people = np.unique(who)
    means = np.stack([parts[who == person].mean(axis=0) for person in people])
    within = parts - means[np.searchsorted(people, who)]
    scatter = within.T @ within / len(within)
    values, vectors = np.linalg.eigh(scatter + np.eye(first) * np.trace(scatter) / first * 0.01)
    whiten = vectors / np.sqrt(values)
    between = np.cov((means @ whiten).T)
    spreads, axes = np.linalg.eigh(between)
    # Within a person all directions now spread by 1, so part of the spread of means is but chance: it does not count.
    strongest = spreads[::-1][:last]
    chosen = axes[:, ::-1][:, :last] * np.sqrt(np.maximum(1 - len(people) / len(who) / strongest, 1e-3))
    projection = (basis @ (whiten @ chosen).astype(np.float32)) / spread[:, None]
    return projection, middle @ projection


def _scale(features: npt.NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Middle and spread of each feature; the spread never nearly zero."""
    return features.mean(axis=0, dtype=np.float32), features.std(axis=0, dtype=np.float32) + np.float32(0.02)


def _gradients(weights: list[Floats], inputs: Floats, batch: npt.NDArray[np.int64], slope: Slope, rng: np.random.Generator) -> list[Floats]:
    inputs = inputs * (rng.random(inputs.shape, np.float32) > 0.2) / np.float32(0.8)
    before = inputs @ weights[0] + weights[1]
    kept = (before > 0) * (rng.random(before.shape, np.float32) > 0.1) / np.float32(0.9)
    hidden: Floats = np.asarray(before * kept, np.float32)
    downstream = slope(hidden @ weights[2] + weights[3], batch) / np.float32(len(batch))
    upstream = (downstream @ weights[2].T) * kept
    return [inputs.T @ upstream, upstream.sum(axis=0), hidden.T @ downstream, downstream.sum(axis=0)]


class _Adam:
    """Adam with decoupled weight decay."""

    def __init__(self, weights: list[Floats]) -> None:
        self._weights = weights
        self._first = [np.zeros_like(values) for values in weights]
        self._second = [np.zeros_like(values) for values in weights]
        self._count = 0

    def step(self, gradients: list[Floats], rate: float) -> None:
        self._count += 1
        for values, first, second, gradient in zip(self._weights, self._first, self._second, gradients, strict=True):
            first += np.float32(0.1) * (gradient - first)
            second += np.float32(0.001) * (gradient * gradient - second)
            ahead = first / np.float32(1 - 0.9**self._count)
            around = np.sqrt(second / np.float32(1 - 0.999**self._count)) + np.float32(1e-7)
            values -= np.float32(rate) * (ahead / around + np.float32(0.01) * values)
