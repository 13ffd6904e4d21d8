"""The space in which faces are compared: pictures of one person lie in one direction, other people's elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from airport.vision.features import Floats
from airport.vision.network import Network, product


@dataclass(frozen=True)
class FaceSpace:
    """A projection (a row for each direction) of a head's features, together with what the network for heads sees in them."""

    network: Network
    direct: Floats
    learnt: Floats
    origin: Floats

    def __call__(self, features: Floats) -> Floats:
        """Heads as unit vectors: the more alike two faces, the larger their product."""
        return unit(product(features, self.direct) + product(self.network.inner(features), self.learnt) - self.origin)

    def empty(self) -> Floats:
        """No head at all, in this space's shape."""
        return np.zeros((0, len(self.origin)), np.float32)

    @classmethod
    def of(cls, model: Mapping[str, Floats]) -> FaceSpace:
        """From a model file's arrays."""
        return cls(Network.of(model, "head"), *(model[f"face.{part}"] for part in ("direct", "learnt", "origin")))


def unit(rows: Floats) -> Floats:
    """Each row with length one."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)
