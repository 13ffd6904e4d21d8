"""A picture in memory: rows of pixels, each blue, green, red, as OpenCV keeps them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
