"""Which persons of interest are on a picture, by comparing its heads with the photos of the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from airport.vision.detect import PROPOSALS, Detector
from airport.vision.face_space import FaceSpace, unit
from airport.vision.features import Floats, head_features
from airport.vision.gallery import Gallery
from airport.vision.model_file import BUILT_IN, load_model
from airport.vision.network import product
from airport.vision.picture import Image
from airport.vision.pixels import decode_jpeg

# At which heights in pixels a portrait is tried: a face is found best where it is about as large as in frames.
_PORTRAIT_HEIGHTS = (200, 150, 270, 360, 110)


class Recogniser:
    """Knows the persons of interest by their photos, and names those that it sees."""

    def __init__(self, model: Mapping[str, Floats]) -> None:
        self._detector = Detector.of(model)
        self._space = FaceSpace.of(model)
        self._threshold = float(model["face.threshold"][0])
        self._names: list[str] = []
        self._known: Floats = self._space.empty()

    @classmethod
    def load(cls, gallery: Gallery | None = None, model: Path = BUILT_IN) -> Recogniser:
        """With the trained models and the gallery's photos (the built-in gallery unless another is given).

        Raises ValueError where a photo is not a JPEG or shows no face, OSError where it is not there.
        """
        cv2.setNumThreads(1)
        recogniser = cls(load_model(model))
        for person in (gallery or Gallery.load()).persons:
            try:
                recogniser.enrol(person.name, [photo.read_bytes() for photo in person.photos])
            except ValueError as error:
                raise ValueError(f"{person.name}: {error}") from error
        return recogniser

    def enrol(self, name: str, photos: list[bytes]) -> None:
        """Adds a person, known by photos that each show one face large and alone."""
        seen = []
        for photo in photos:
            boxes, faces = self._portrait(decode_jpeg(photo))
            seen.append(faces[int(np.argmax(boxes))])
        if not seen:
            raise ValueError("a person of interest needs at least one photo")
        self._names.append(name)
        self._known = np.concatenate((self._known, unit(np.mean(seen, axis=0, keepdims=True))))

    def names(self, jpeg: bytes) -> list[str]:
        """The persons of interest on the picture, from left to right, each once.

        Raises ValueError where the bytes are not a whole JPEG.
        """
        boxes, faces = self._faces(decode_jpeg(jpeg))
        if not boxes or not self._names:
            return []
        likeness = product(faces, self._known)
        best = likeness.argmax(axis=1)
        found = [self._names[who] for head, who in enumerate(best) if likeness[head, who] > self._threshold]
        return list(dict.fromkeys(found))

    def _portrait(self, photo: Image) -> tuple[list[float], Floats]:
        """The faces on a photo, which may be much larger or smaller than frames show people."""
        for height in _PORTRAIT_HEIGHTS:
            share = height / photo.shape[0]
            boxes, faces = self._faces(np.asarray(cv2.resize(photo, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8), 10)
            if boxes:
                return boxes, faces
        raise ValueError("no face found on a photo")

    def _faces(self, picture: Image, most: int = PROPOSALS) -> tuple[list[float], Floats]:
        """Sizes of the heads on a picture, and what each looks like: a direction in the space of faces."""
        boxes, sizes = self._detector.heads(picture, most)
        if not boxes:
            return [], self._space.empty()
        return [box.size for box in boxes], self._space(np.stack([head_features(sizes, box) for box in boxes]))
