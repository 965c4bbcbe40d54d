"""Warping an image by a table of source coordinates, one per output pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import Fill
from augkit.image.kernels._sampling import sampled

__all__ = ["remap"]

Pixels = NDArray[np.generic]

_NO_MATRIX = np.eye(3)


def remap(
    source: Pixels,
    coordinates: NDArray[np.float32],
    *,
    interpolation: str = "linear",
    border: str = "constant",
    fill: Fill = 0,
    alpha: bool = False,
    spans: NDArray[np.int32] | None = None,
    out: Pixels | None = None,
) -> Pixels:
    """Resample ``source`` so that output pixel (i, j) shows the point ``coordinates[i, j]``.

    Parameters
    ----------
    source : array, shape (H, W) or (H, W, C)
        uint8, uint16 or float32; for ``interpolation="nearest"`` any dtype. Never written to.
    coordinates : float32 array, shape (height, width, 2)
        The source point (x, y) of each output pixel, in edge coordinates: (0.5, 0.5) is the centre
        of the first pixel. NaN shows the fill, whatever the border.
    interpolation, border, fill, alpha, spans, out
        As for `warp`; never antialiased.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.array([[0, 100, 200]], dtype=np.uint8)
    >>> remap(ramp, np.array([[[2.5, 0.5], [1.0, 0.5]]], dtype=np.float32)).tolist()
    [[200, 50]]
    """
    coordinates = np.ascontiguousarray(coordinates, np.float32)
    if coordinates.ndim != 3 or coordinates.shape[2] != 2:
        raise ValueError(
            f"coordinates has shape {coordinates.shape}; it must be (height, width, 2)"
        )
    return sampled(
        source,
        coordinates,
        _NO_MATRIX,
        coordinates.shape[:2],
        interpolation=interpolation,
        border=border,
        fill=fill,
        spans=spans,
        out=out,
        alpha=alpha,
    )
