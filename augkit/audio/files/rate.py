"""Sample rates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RateChange", "changed_length", "resampled"]


def changed_length(samples: int, rate: float, target: float) -> int:
    """How long a sound is at another sample rate.

    >>> changed_length(441, 44100, 16000)
    160
    """
    return max(1, round(samples * target / rate)) if samples else 0


class RateChange:
    """A sound brought to another sample rate block by block, by soxr's HQ setting.

    However it is cut into blocks, the result is the same.
    """

    def __init__(self, channels: int, length: int, rate: float, target: float, dtype: Any) -> None:
        import soxr

        self._left = changed_length(length, rate, target)
        self._stream = soxr.ResampleStream(
            rate, target, channels, dtype=np.dtype(dtype).name, quality="HQ"
        )

    def __call__(self, block: NDArray[Any], last: bool) -> NDArray[Any]:
        """The next block (channels, samples), and whether it is the last one."""
        made = self._stream.resample_chunk(np.ascontiguousarray(block.T), last=last).T
        if last and made.shape[1] < self._left:  # a sample that rounding took
            made = np.pad(made, ((0, 0), (0, self._left - made.shape[1])))
        made = np.ascontiguousarray(made[:, : self._left])
        self._left -= made.shape[1]
        return made


def resampled(samples: NDArray[Any], rate: float, target: float) -> NDArray[Any]:
    """Sound at another sample rate, of exactly `changed_length` samples.

    float32 and float64 keep their dtype.

    >>> resampled(np.zeros((2, 441), np.float32), 44100, 16000).shape
    (2, 160)
    """
    table = np.atleast_2d(samples)
    made = RateChange(len(table), table.shape[1], rate, target, table.dtype)(table, True)
    return made[0] if samples.ndim == 1 else made
