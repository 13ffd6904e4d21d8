"""Who is on a picture, by gender and age bracket, from its pixels alone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from airport.vision.detect import Detector
from airport.vision.features import Floats, head_features
from airport.vision.model_file import BUILT_IN, load_model
from airport.vision.network import Network, chances
from airport.vision.people import AGE_BRACKETS, GENDERS, Person
from airport.vision.pixels import decode_jpeg


class Analyser:
    """Finds the people on a JPEG and says how old they look, and which gender."""

    def __init__(self, detector: Detector, network: Network) -> None:
        self._detector = detector
        self._network = network

    @classmethod
    def load(cls, model: Path = BUILT_IN) -> Analyser:
        """With the trained models. OpenCV is told to use one thread: a service scales by replicas, not by cores."""
        cv2.setNumThreads(1)
        arrays = load_model(model)
        return cls(Detector.of(arrays), Network.of(arrays, "head"))

    def persons(self, jpeg: bytes) -> list[Person]:
        """Everybody on the picture, from left to right. Raises ValueError where the bytes are not a whole JPEG."""
        boxes, sizes = self._detector.heads(decode_jpeg(jpeg))
        if not boxes:
            return []
        genders, ages = read_head(self._network(np.stack([head_features(sizes, box) for box in boxes])))
        return [Person(AGE_BRACKETS[age], GENDERS[gender], box) for gender, age, box in zip(genders, ages, boxes, strict=True)]


def read_head(outputs: Floats) -> tuple[list[int], list[int]]:
    """Gender and age bracket (as indices) for each row: the network's first output is for male, eight follow for ages.

    The age is the median of what the network thinks likely: one bracket off is better than three.
    """
    genders = (outputs[:, 0] > 0).astype(int)
    ages = (np.cumsum(chances(outputs[:, 1:]), axis=1) < 0.5).sum(axis=1)
    return genders.tolist(), np.minimum(ages, len(AGE_BRACKETS) - 1).tolist()
