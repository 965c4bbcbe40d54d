"""Kernels on random data of awkward shapes and with absurd settings, in guarded memory.

``python -m tests.acceptance.fuzz_kernels CASES FIRST`` prints a hash of all results.
"""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels import (
    blend,
    clahe,
    exact,
    filter,
    fours,
    gaussian,
    histogram,
    matrix,
    noise,
    normalize,
    remap,
    resize,
    salt,
    sharpen,
    shot,
    warp,
)

Pixels = NDArray[Any]
Draw = np.random.Generator

BORDERS = ("constant", "replicate", "reflect", "reflect101", "wrap")
KINDS = ("linear", "cubic", "nearest")
DTYPES = ("uint8", "uint16", "float32")
OTHER_DTYPES = (*DTYPES, "int64", "float64", "bool", "complex128")
# Around the lengths of vectors and blocks, where loops have their ends.
EDGES = (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 511, 512, 513, 520)


def length(draw: Draw) -> int:
    return int(draw.choice(EDGES) if draw.random() < 0.3 else draw.integers(1, 41))


def picture(draw: Draw, dtypes: tuple[str, ...] = DTYPES, channels: int | None = None) -> Pixels:
    """Random pixels; sometimes of two dimensions, read-only, a view, or of another byte order."""
    height, width = length(draw), length(draw)
    count = channels or int(draw.choice([0, 1, 2, 3, 3, 4, 4, 5, 7]))
    dtype = np.dtype(str(draw.choice(dtypes)))
    shape = (height, width, count) if count else (height, width)
    octets = draw.integers(0, 256, (*shape, dtype.itemsize), np.uint8)
    if dtype.kind == "f":
        made = draw.random(shape).astype(dtype)
    elif dtype.kind == "b":
        made = octets[..., 0] > 100
    else:
        made = octets.view(dtype)[..., 0].copy()
    how = draw.integers(0, 6)
    if how == 0:
        made.flags.writeable = False
    elif how == 1:
        made = np.repeat(made, 2, axis=1)[:, ::2]
    elif how == 2:
        made = made[::-1, ::-1].copy()[::-1, ::-1]
    return made


def number(draw: Draw) -> float:
    """A coordinate: near, far, huge, tiny or none at all."""
    how = draw.integers(0, 12)
    if how == 0:
        return float(draw.choice([0.0, 1e-300, 1e9, -1e9, 1e18, -1e300, 2.0**21, 2.0**31]))
    if how == 1:
        return float(draw.choice([np.nan, np.inf, -np.inf]))
    return float(draw.normal(0, 10.0 ** draw.integers(-3, 4)))


def moving(draw: Draw) -> NDArray[np.float64]:
    """A matrix from output to source: ordinary, or nonsense."""
    how = draw.integers(0, 4)
    if how == 0:
        return np.array([[number(draw) for _ in range(3)] for _ in range(3)])
    turn, scale = draw.uniform(0, 7), 10 ** draw.uniform(-2, 2)
    a, b = scale * np.cos(turn), scale * np.sin(turn)
    made = np.array([[a, -b, draw.normal(0, 20)], [b, a, draw.normal(0, 20)], [0, 0, 1]])
    if how == 1:
        made[2, :2] = draw.normal(0, 0.02, 2)
    if how == 2:
        made[draw.integers(0, 2), draw.integers(0, 3)] = number(draw)
    return made


def output_size(draw: Draw) -> tuple[int, int]:
    return (length(draw), 0 if draw.random() < 0.02 else length(draw))


def spans(draw: Draw, size: tuple[int, int]) -> NDArray[np.int32] | None:
    if draw.random() < 0.6:
        return None
    return draw.integers(-9, size[1] + 9, (size[0], 2), np.int32)


def sampling(draw: Draw, source: Pixels, size: tuple[int, int]) -> dict[str, Any]:
    kind = str(draw.choice(KINDS))
    channels = source.shape[2] if source.ndim == 3 else 1
    out = np.zeros((*size, *source.shape[2:]), source.dtype.newbyteorder("="))
    fill: Any = draw.random(channels).tolist() if draw.random() < 0.3 else 0.5
    return {
        "interpolation": kind if source.dtype.name in DTYPES else "nearest",
        "border": str(draw.choice(BORDERS)),
        "fill": fill,
        "alpha": channels in (2, 4) and bool(draw.random() < 0.5),
        "spans": spans(draw, size),
        "out": out,
    }


def try_warp(draw: Draw) -> Pixels:
    source, size = picture(draw, OTHER_DTYPES), output_size(draw)
    antialias = bool(draw.random() < 0.7)
    settings = sampling(draw, source, size)
    return warp.warp(source, moving(draw), size, antialias=antialias, **settings)


def try_remap(draw: Draw) -> Pixels:
    source, size = picture(draw, OTHER_DTYPES), output_size(draw)
    places = draw.normal(10, 30, (*size, 2)).astype(np.float32)
    for _ in range(draw.integers(0, 9) if places.size else 0):
        places.reshape(-1)[draw.integers(0, places.size)] = np.clip(number(draw), -3e38, 3e38)
    return remap.remap(source, places, **sampling(draw, source, size))


def try_fours(draw: Draw) -> Pixels:
    source = picture(draw, ("uint8",), channels=3)
    room = np.empty(4 * source.shape[0] * source.shape[1], np.uint8)
    return fours.in_fours(source, room)[..., :3]


def try_resize(draw: Draw) -> Pixels:
    source = picture(draw)
    size = output_size(draw)
    box = None
    if draw.random() < 0.5:
        (left, right), (top, bottom) = (
            np.sort(draw.uniform(0, side, 2)) for side in (source.shape[1], source.shape[0])
        )
        if right - left > 1e-6 and bottom - top > 1e-6:
            box = (left, top, right, bottom)
    channels = source.shape[2] if source.ndim == 3 else 1
    return resize.resize(
        source,
        size,
        interpolation=str(draw.choice(KINDS)),
        box=box,
        flip_x=bool(draw.random() < 0.3),
        flip_y=bool(draw.random() < 0.3),
        antialias=bool(draw.random() < 0.7),
        alpha=channels in (2, 4) and bool(draw.random() < 0.5),
    )


def try_exact(draw: Draw) -> Pixels:
    source = picture(draw, OTHER_DTYPES)
    how = draw.integers(0, 8)
    if how == 0:
        return exact.flip_horizontal(source)
    if how == 1:
        return exact.flip_vertical(source)
    if how == 2:
        return exact.transpose(source)
    if how < 6:
        return exact.rotate90(source, int(how) - 2)
    pads = tuple(int(pad) for pad in draw.integers(0, 90, 4) * (draw.random(4) < 0.7))
    return exact.pad(source, pads, str(draw.choice(BORDERS)), 0.5)  # type: ignore[arg-type]


def odd_weights(draw: Draw, *shape: int) -> Pixels:
    weights = draw.random(shape) if draw.random() < 0.5 else draw.normal(0, 1, shape)
    return weights / max(abs(weights.sum()), 0.1)


def try_filter(draw: Draw) -> Pixels:
    source = picture(draw)
    border = str(draw.choice(BORDERS))
    alpha = source.ndim == 3 and source.shape[2] in (2, 4) and bool(draw.random() < 0.5)
    how, side = draw.integers(0, 4), [2 * int(draw.integers(0, 25)) + 1 for _ in range(2)]
    if how == 0:
        return filter.convolve(
            source, odd_weights(draw, *(min(one, 9) for one in side)), border, alpha=alpha
        )
    if how == 1:
        x, y = (gaussian.gaussian_kernel(float(draw.uniform(0.1, 8))) for _ in range(2))
        return filter.separable(source, x, y, border, alpha=alpha)
    if how == 2:
        return filter.separable(
            source, odd_weights(draw, side[0]), odd_weights(draw, side[1]), border, alpha=alpha
        )
    return sharpen.sharpen(source, float(draw.uniform(0, 5)))


def try_color(draw: Draw) -> Pixels:
    source = picture(draw, channels=int(draw.choice([3, 4])))
    how = draw.integers(0, 5)
    if how == 0:
        return matrix.color_matrix(source, draw.normal(0, 2.0 ** draw.integers(-2, 6), (3, 4)))
    if how == 1:
        return matrix.scale_offset(source, float(draw.normal(1, 3)), float(draw.normal(0, 1)))
    if how == 2:
        return matrix.gray(source)
    if how == 3:
        return clahe.clahe(source, tiles=tuple(draw.integers(1, 9, 2).tolist()))
    histogram.histogram(source) if source.dtype != np.float32 else None
    histogram.minmax(source)
    return np.array(histogram.channel_means(source))


def try_blend(draw: Draw) -> Pixels:
    source = picture(draw)
    how, seed = draw.integers(0, 6), int(draw.integers(0, 2**62))
    if how == 0:
        return blend.blend(source, exact.flip_horizontal(source), float(draw.random()))
    if how == 1:
        rectangles = draw.integers(-20, 60, (int(draw.integers(0, 5)), 4))
        return blend.fill_rectangles(
            source, rectangles, 0.5, noise_seed=seed if draw.random() < 0.5 else None
        )
    if how == 2:
        return noise.gaussian_noise(source, 0.1, seed=seed)
    if how == 3:
        return salt.salt_and_pepper(source, 0.3, 0.5, seed=seed)
    if how == 4:
        return shot.shot_noise(source, float(10 ** draw.uniform(0, 4)), seed=seed)
    colors = picture(draw, channels=3)
    return normalize.normalize_chw(colors, (0.4, 0.5, 0.6), (0.2, 0.3, 0.4))


TRIALS: tuple[Callable[[Draw], Pixels], ...] = (
    *(try_warp,) * 3,
    *(try_remap,) * 2,
    *(try_resize,) * 3,
    *(try_exact,) * 2,
    try_fours,
    try_filter,
    try_color,
    try_blend,
)


def main(cases: int, first: int) -> str:
    """The hash of the results of so many cases."""
    digest = hashlib.sha256()
    verbose = bool(os.environ.get("AUGKIT_FUZZ_VERBOSE"))
    for case in range(first, first + cases):
        trial = TRIALS[case % len(TRIALS)]
        if verbose:
            print(trial.__name__, case, file=sys.stderr, flush=True)
        try:
            result = trial(np.random.default_rng(case))
        except ValueError as error:  # refused, and said why
            digest.update(str(error).encode())
            continue
        digest.update(repr((result.shape, result.dtype)).encode())
        digest.update(np.ascontiguousarray(result).tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    from tests.acceptance import guarded  # noqa: F401  (installs itself if the environment says so)

    warnings.simplefilter("ignore", RuntimeWarning)  # casts of NaN
    print(main(int(sys.argv[1]), int(sys.argv[2])))
