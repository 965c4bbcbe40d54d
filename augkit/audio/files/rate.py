"""Sample rates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["resampled"]


def resampled(samples: NDArray[Any], rate: int, target: int) -> NDArray[Any]:
    """Sound at another sample rate, of exactly ``round(samples * target / rate)`` samples.

    soxr's HQ setting; float32 and float64 keep their dtype.

    >>> resampled(np.zeros((2, 441), np.float32), 44100, 16000).shape
    (2, 160)
    """
    import soxr

    length = max(1, round(samples.shape[-1] * target / rate))
    # Channels side by side as a view: soxr then takes its path without interleaving.
    found = np.ascontiguousarray(soxr.resample(samples.T, rate, target, quality="HQ").T)
    if found.shape[-1] > length:
        return found[..., :length]
    missing = length - found.shape[-1]
    return np.pad(found, [(0, 0)] * (found.ndim - 1) + [(0, missing)]) if missing else found
