"""Mix images, and paint rectangles over them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._random import fill_random
from augkit.image.kernels.table import Number, Pixels, allocate, as_pixels, color_count, full_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

__all__ = ["blend", "fill_rectangles", "paint_rectangles", "weighted_sum"]


def blend(
    a: Pixels,
    b: Pixels,
    weight: float,
    *,
    out: Pixels | None = None,
) -> Pixels:
    """Return ``(1 - weight) * a + weight * b``: exactly ``a`` at 0 and ``b`` at 1.

    Parameters
    ----------
    a, b : uint8, uint16 or float32 arrays of one shape and dtype
    weight : float in [0, 1]
        The share of ``b``.
    out : array, optional
        Written and returned; C-contiguous, of the same shape and dtype. May be ``a`` or ``b``.

    Examples
    --------
    >>> import numpy as np
    >>> black, white = np.zeros((1, 1), np.uint8), np.full((1, 1), 255, np.uint8)
    >>> blend(black, white, 0.2).tolist()
    [[51]]
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight must be from 0 to 1, got {weight!r}")
    first, second = _alike(a, b)
    result = allocate(a, out)
    if weight in (0, 1):
        result[...] = b if weight else a
    elif a.dtype == np.float32:
        _blend_float(first, second, np.float32(weight), result.reshape(-1))
    else:
        if a.dtype == np.uint8:
            _blend_bytes(first, second, np.int16(round(weight * 16384)), result.reshape(-1))
        else:
            _blend_words(first, second, round(weight * 2**32), result.reshape(-1))
    return result


def weighted_sum(images: Sequence[Pixels], weights: Sequence[float]) -> Pixels:
    """Return the sum of ``weight * image``, rounded once and clipped to the range.

    Parameters
    ----------
    images : one or more uint8, uint16 or float32 arrays of one shape and dtype
    weights : as many floats
        Any sign and sum; with sum 1 a value all images share is kept exactly.

    Examples
    --------
    >>> import numpy as np
    >>> images = [np.full((1, 1), value, np.uint8) for value in (0, 100, 200)]
    >>> weighted_sum(images, [0.25, 0.5, 0.25]).tolist()
    [[100]]
    """
    if not images or len(images) != len(weights):
        raise ValueError(f"give as many weights as images; got {len(weights)} and {len(images)}")
    shares = np.asarray(weights, dtype=np.float64)
    if not np.isfinite(shares).all() or np.abs(shares).sum() > 64:
        raise ValueError(f"weights must be finite and sum to at most 64 in size, got {weights!r}")
    stack = np.stack([_alike(images[0], image)[1] for image in images])
    result = np.empty(images[0].shape, images[0].dtype)
    if stack.dtype == np.float32:
        _sum_float(stack, shares.astype(np.float32), result.reshape(-1))
        return result
    bytes_ = stack.dtype == np.uint8
    shift = 16 if bytes_ else 32
    fixed = np.rint(shares * 2.0**shift).astype(np.int64)
    fixed[np.argmax(np.abs(fixed))] += round(float(shares.sum()) * 2.0**shift) - int(fixed.sum())
    exact = np.int32 if bytes_ else np.int64
    white = exact(full_range(stack.dtype))
    _sum_integer(stack, fixed.astype(exact), shift, white, result.reshape(-1))
    return result


def fill_rectangles(
    image: Pixels,
    rectangles: ArrayLike,
    fill: float | Sequence[float] = 0.0,
    *,
    noise_seed: int | None = None,
    color_channels: int | None = None,
    out: Pixels | None = None,
) -> Pixels:
    """Return a copy with rectangles painted over.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    rectangles : integers, shape (N, 4)
        x0, y0, x1, y1 in pixels, x1 and y1 exclusive; what lies outside the image is ignored.
    fill : float or one per color channel
        In the image's own units.
    noise_seed : int, optional
        Fill with uniform noise of this seed instead, independent in every pixel and channel.
    color_channels : int, optional
        How many leading channels to paint (default all).
    out : array, optional
        Written and returned; C-contiguous, of the image's shape and dtype. May be ``image``.

    Examples
    --------
    >>> import numpy as np
    >>> fill_rectangles(np.zeros((2, 3), np.uint8), [[1, 0, 9, 1]], 7).tolist()
    [[0, 7, 7], [0, 0, 0]]
    """
    boxes = np.asarray(rectangles)
    if boxes.size == 0:
        boxes = np.zeros((0, 4), np.int64)
    if boxes.ndim != 2 or boxes.shape[1] != 4 or boxes.dtype.kind not in "iu":
        raise ValueError(
            f"rectangles must be integers of shape (N, 4), got {boxes.dtype} {boxes.shape}"
        )
    return paint_rectangles(
        image,
        boxes.tolist(),
        fill,
        noise_seed=noise_seed,
        color_channels=color_channels,
        out=out,
    )


def paint_rectangles(
    image: Pixels,
    rectangles: Sequence[Sequence[int]],
    fill: float | Sequence[float] = 0.0,
    *,
    noise_seed: int | None = None,
    color_channels: int | None = None,
    out: Pixels | None = None,
) -> Pixels:
    """`fill_rectangles` with Python's own numbers, which are taken as they are."""
    full_range(image.dtype)
    if out is None:
        result = image.copy()
    else:
        result = allocate(image, out)
        result[...] = image
    height, width = image.shape[:2]
    view = result if image.ndim == 3 else result[:, :, np.newaxis]
    color = color_count(view.shape[2], color_channels)
    painted = view if color == view.shape[2] else view[:, :, :color]
    pixel, level = _fill_pixel(image.dtype, fill, color)
    for x0, y0, x1, y1 in rectangles:
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
        if x1 <= x0 or y1 <= y0:
            continue
        if noise_seed is not None:
            kept = view[y0:y1, x0:x1, color:].copy()
            fill_random(view, noise_seed, (x0, y0, x1, y1))
            view[y0:y1, x0:x1, color:] = kept
        elif level is not None:
            painted[y0:y1, x0:x1] = level
        else:
            # NumPy copies a row at once, and several pixels one by one.
            painted[y0:y1, x0:x1] = np.broadcast_to(pixel, (x1 - x0, color)).copy()
    return result


def _fill_pixel(
    dtype: np.dtype[np.generic], fill: float | Sequence[float], color: int
) -> tuple[Pixels, Number]:
    """The fill in ``dtype``, one value per color channel (not to be written), and that value if all
    are the same, else None."""
    known = fill if isinstance(fill, int | float) else tuple(fill)
    return _kept_pixel(dtype, known, color)


@lru_cache(maxsize=64)
def _kept_pixel(
    dtype: np.dtype[np.generic], fill: float | tuple[float, ...], color: int
) -> tuple[Pixels, Number]:
    try:
        pixel = np.broadcast_to(np.asarray(fill, dtype=np.float64), (color,))
    except ValueError:
        raise ValueError(
            f"fill must be one number or {color}, one per color channel; got {fill!r}"
        ) from None
    if not ((pixel >= 0) & (pixel <= full_range(dtype))).all():
        raise ValueError(
            f"fill must be within 0 and {full_range(dtype):g} of {dtype}, got {fill!r}"
        )
    made = (pixel if dtype == np.float32 else np.rint(pixel)).astype(dtype)
    return made, made[0].item() if color and (made == made[0]).all() else None


def _alike(a: Pixels, b: Pixels) -> tuple[Pixels, Pixels]:
    if a.shape != b.shape or a.dtype != b.dtype:
        raise ValueError(
            f"images must have one shape and dtype; got {a.dtype} {a.shape} and "
            f"{b.dtype} {b.shape}: resize or convert one first"
        )
    return as_pixels(a).reshape(-1), as_pixels(b).reshape(-1)


@kernel
def _blend_bytes(
    a: NDArray[np.uint8], b: NDArray[np.uint8], weight: np.int16, target: NDArray[np.uint8]
) -> None:
    # 14 bits of weight: both factors are then 16-bit integers, which is twice as fast.
    for i in range(a.shape[0]):
        difference = np.int32(np.int16(b[i]) - np.int16(a[i])) * np.int32(weight)
        target[i] = np.int32((np.int32(a[i]) << 14) + difference + 8192) >> 14


@kernel
def _blend_words(
    a: NDArray[np.uint16], b: NDArray[np.uint16], weight: int, target: NDArray[np.uint16]
) -> None:
    for i in range(a.shape[0]):
        first, second = np.int64(a[i]), np.int64(b[i])
        target[i] = ((first << 32) + (second - first) * weight + (1 << 31)) >> 32


@kernel
def _blend_float(
    a: NDArray[np.float32], b: NDArray[np.float32], weight: Number, target: NDArray[np.float32]
) -> None:
    other = np.float32(1) - weight
    for i in range(a.shape[0]):
        target[i] = a[i] * other + b[i] * weight


@kernel
def _sum_integer(
    stack: Pixels,
    weights: Pixels,
    shift: int,
    white: Number,
    target: Pixels,
) -> None:
    cast = weights.dtype.type
    zero, half = cast(0), cast((1 << shift) >> 1)
    total = np.empty(2048, weights.dtype)
    for start in range(0, target.shape[0], 2048):
        into = target[start : start + 2048]
        for i in range(2048):
            total[i] = half
        for k in range(stack.shape[0]):
            part, weight = stack[k, start : start + 2048], weights[k]
            for i in range(part.shape[0]):
                total[i] += cast(part[i]) * weight
        for i in range(into.shape[0]):
            into[i] = min(max(total[i] >> shift, zero), white)


@kernel
def _sum_float(
    stack: NDArray[np.float32], weights: NDArray[np.float32], target: NDArray[np.float32]
) -> None:
    for i in range(target.shape[0]):
        target[i] = np.float32(0)
    for start in range(0, target.shape[0], 2048):
        into = target[start : start + 2048]
        for k in range(stack.shape[0]):
            part, weight = stack[k, start : start + 2048], weights[k]
            for i in range(part.shape[0]):
                into[i] += part[i] * weight
        for i in range(into.shape[0]):
            into[i] = min(max(into[i], np.float32(0)), np.float32(1))
