"""The trained models on disk: one `.npz` of half-precision arrays, read as single precision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from airport.vision.features import Floats

BUILT_IN = Path(__file__).parent / "models" / "vision.npz"


def save_model(path: Path, arrays: Mapping[str, npt.NDArray[np.float16]]) -> None:
    """The same arrays make the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, allow_pickle=False, **{name: arrays[name] for name in sorted(arrays)})


def load_model(path: Path = BUILT_IN) -> dict[str, Floats]:
    """All arrays by name. Raises FileNotFoundError that names the remedy where nothing was trained yet."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no trained model; run `python -m airport.vision.train`")
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
