"""A network of one hidden layer: all the inference there is, in numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from airport.vision.features import Floats


@dataclass(frozen=True)
class Network:
    """`outputs = relu(x . hidden + bias) . out + out_bias`; one row of weights for each unit, then for each output."""

    hidden: Floats
    bias: Floats
    out: Floats
    out_bias: Floats

    def __call__(self, inputs: Floats) -> Floats:
        """One row of outputs for each row of inputs."""
        return np.asarray(product(self.inner(inputs), self.out) + self.out_bias)

    def inner(self, inputs: Floats) -> Floats:
        """What the hidden layer makes of each row."""
        return np.asarray(np.maximum(product(inputs, self.hidden) + self.bias, 0))

    def first(self, outputs: int) -> Network:
        """The same network with so many of its outputs."""
        return Network(self.hidden, self.bias, self.out[:outputs], self.out_bias[:outputs])

    def arrays(self, name: str) -> dict[str, npt.NDArray[np.float16]]:
        """For a model file, at half precision."""
        parts = {"hidden": self.hidden, "bias": self.bias, "out": self.out, "out_bias": self.out_bias}
        return {f"{name}.{part}": values.astype(np.float16) for part, values in parts.items()}

    @classmethod
    def of(cls, model: Mapping[str, Floats], name: str) -> Network:
        """From a model file's arrays."""
        return cls(*(model[f"{name}.{part}"] for part in ("hidden", "bias", "out", "out_bias")))


def chances(scores: Floats) -> Floats:
    """Scores as probabilities that sum to one in each row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def product(rows: Floats, weights: Floats) -> Floats:
    """Each row by each row of weights.

    By `einsum`, which counts alone: the `@` of numpy would start a BLAS thread on every core of the machine, and on a
    machine that others use too, waiting for them costs several times the whole frame.
    """
    return np.asarray(np.einsum("rf,wf->rw", rows, weights), np.float32)
