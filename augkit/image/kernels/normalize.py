"""From pixels to the network's input: standardize, and channels first, in one pass."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels.table import Pixels, as_pixels, full_range

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["normalize_chw", "normalize_hwc"]


def normalize_chw(
    image: Pixels,
    mean: float | Sequence[float],
    std: float | Sequence[float],
    *,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return ``(image / white - mean) / std`` as float32, channels first.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    mean, std : float or one float per channel
        In units of full range (1 is white); ``std`` not 0.
    out : array, optional
        float32, shape (C, H, W), C-contiguous (a slot of a batch, say); written and returned.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([[[0, 255], [255, 0]]], dtype=np.uint8)
    >>> normalize_chw(image, mean=0.5, std=0.5).tolist()
    [[[-1.0, 1.0]], [[1.0, -1.0]]]
    """
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    scale, offset = _coefficients(image.dtype, channels, mean, std)
    result = _float_output((channels, height, width), out)
    if pixels.size == 0:
        return result
    _planes(pixels.reshape(-1), scale, offset, result.reshape(channels, -1))
    return result


def normalize_hwc(
    image: Pixels,
    mean: float | Sequence[float],
    std: float | Sequence[float],
    *,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return ``(image / white - mean) / std`` as float32, channels last; as `normalize_chw`.

    Examples
    --------
    >>> import numpy as np
    >>> normalize_hwc(np.array([[0, 255]], dtype=np.uint8), mean=0.0, std=0.5).tolist()
    [[0.0, 2.0]]
    """
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    scale, offset = _coefficients(image.dtype, channels, mean, std)
    result = _float_output(image.shape, out)
    if pixels.size == 0:
        return result
    repeats = -(-_PATTERN // channels)
    _interleaved(
        pixels.reshape(-1), np.tile(scale, repeats), np.tile(offset, repeats), result.reshape(-1)
    )
    return result


_PATTERN = 256


def _coefficients(
    dtype: np.dtype[np.generic],
    channels: int,
    mean: float | Sequence[float],
    std: float | Sequence[float],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """``(x / white - mean) / std`` as ``x * scale + offset``. Not to be written."""
    mean, std = (tuple(value) if isinstance(value, list) else value for value in (mean, std))
    return _kept_coefficients(dtype, channels, mean, std)


@lru_cache(maxsize=64)
def _kept_coefficients(
    dtype: np.dtype[np.generic],
    channels: int,
    mean: float | Sequence[float],
    std: float | Sequence[float],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    means, deviations = np.empty(channels), np.empty(channels)
    try:
        means[:], deviations[:] = mean, std
    except ValueError:
        raise ValueError(
            f"mean and std must be one number each, or one per channel of the image, which has "
            f"{channels}; got {mean!r} and {std!r}"
        ) from None
    if not np.isfinite(means).all() or not np.isfinite(deviations).all() or (deviations == 0).any():
        raise ValueError(f"mean and std must be finite and std not 0; got {mean!r} and {std!r}")
    scale = 1.0 / (full_range(dtype) * deviations)
    return scale.astype(np.float32), (-means / deviations).astype(np.float32)


def _float_output(shape: tuple[int, ...], out: NDArray[np.float32] | None) -> NDArray[np.float32]:
    if out is None:
        return np.empty(shape, np.float32)
    if out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
        raise ValueError(
            f"out must be C-contiguous float32 of shape {shape}; got {out.dtype} {out.shape}"
        )
    return out


@kernel
def _planes(
    source: Pixels,
    scale: NDArray[np.float32],
    offset: NDArray[np.float32],
    target: NDArray[np.float32],
) -> None:
    channels, count = target.shape
    if channels == 3:
        red, green, blue = target[0], target[1], target[2]
        for i in range(count):
            red[i] = np.float32(source[3 * i]) * scale[0] + offset[0]
            green[i] = np.float32(source[3 * i + 1]) * scale[1] + offset[1]
            blue[i] = np.float32(source[3 * i + 2]) * scale[2] + offset[2]
        return
    for c in range(channels):
        plane, a, b = target[c], scale[c], offset[c]
        for i in range(count):
            plane[i] = np.float32(source[i * channels + c]) * a + b


@kernel
def _interleaved(
    source: Pixels,
    scale: NDArray[np.float32],
    offset: NDArray[np.float32],
    target: NDArray[np.float32],
) -> None:
    period = scale.shape[0]
    for start in range(0, source.shape[0], period):
        part, into = source[start : start + period], target[start : start + period]
        for j in range(part.shape[0]):
            into[j] = np.float32(part[j]) * scale[j] + offset[j]
