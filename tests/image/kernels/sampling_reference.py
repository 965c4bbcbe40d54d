"""What warps and remaps should show, straight from the definition, in float64."""

from __future__ import annotations

import numpy as np


def mapped(matrix, size):
    """Source points (H, W, 2) of the output's pixel centres; NaN behind the horizon."""
    v, u = np.mgrid[0 : size[0], 0 : size[1]] + 0.5
    x, y, w = np.tensordot(np.asarray(matrix, float), np.stack([u, v, np.ones_like(u)]), 1)
    w = np.where(w > 0, w, np.nan)
    return np.stack([x / w, y / w], axis=-1)


def bordered(index, size, border):
    """(index, inside) of the pixel that stands at ``index``."""
    inside = (index >= 0) & (index < size)
    if border == "constant":
        return np.clip(index, 0, size - 1), inside
    if border == "replicate":
        index = np.clip(index, 0, size - 1)
    elif border == "wrap":
        index = index % size
    elif border == "reflect":
        index = index % (2 * size)
        index = np.minimum(index, 2 * size - 1 - index)
    else:
        period = max(2 * size - 2, 1)
        index = index % period
        index = np.minimum(index, period - index)
    return index, np.ones_like(inside)


def kernel(t, kind):
    t = np.abs(t)
    if kind == "linear":
        return np.maximum(1 - t, 0)
    return np.where(
        t < 1, 1.5 * t**3 - 2.5 * t**2 + 1, np.where(t < 2, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2, 0)
    )


def sampled(image, points, kind="linear", border="constant", fill=0.0, radii=(1.0, 1.0)):
    """The filter of half-widths ``radii`` (in units of the kernel's own) at each point."""
    image = np.asarray(image, float)
    if image.ndim == 2:
        image = image[:, :, None]
    height, width, channels = image.shape
    fill = np.broadcast_to(np.asarray(fill, float), (channels,))
    lost = ~np.isfinite(points).all(-1)
    points = np.where(lost[..., None], 0.5, points)
    reach = 1 if kind == "linear" else 2
    taps = []
    for axis, size in ((0, width), (1, height)):
        centre = points[..., axis] - 0.5
        base = np.floor(centre).astype(int)
        count = int(np.ceil(reach * radii[axis]))
        steps = range(1 - count, count + 1)
        weights = [kernel((base + k - centre) / radii[axis], kind) for k in steps]
        total = sum(weights)
        taps.append(
            [
                (*bordered(base + k, size, border), w / total)
                for k, w in zip(steps, weights, strict=True)
            ]
        )
    result = np.zeros((*points.shape[:2], channels))
    for row, row_inside, row_weight in taps[1]:
        for column, column_inside, column_weight in taps[0]:
            inside = (row_inside & column_inside)[..., None]
            result += (row_weight * column_weight)[..., None] * np.where(
                inside, image[row, column], fill
            )
    result[lost] = fill
    return result


def nearest(image, points, border="constant", fill=0):
    image = image if image.ndim == 3 else image[:, :, None]
    lost = ~np.isfinite(points).all(-1)
    whole = np.floor(np.where(lost[..., None], -1.0, points)).astype(int)
    column, column_inside = bordered(whole[..., 0], image.shape[1], border)
    row, row_inside = bordered(whole[..., 1], image.shape[0], border)
    inside = row_inside & column_inside & ~lost
    return np.where(inside[..., None], image[row, column], np.asarray(fill, image.dtype))


def rotation(degrees, zoom, source, size):
    """Output to source: about the centres of both, ``zoom`` output pixels per source pixel."""
    angle = np.deg2rad(degrees)
    c, s = np.cos(angle) / zoom, np.sin(angle) / zoom
    (height, width), (rows, columns) = source, size
    x = width / 2 - c * columns / 2 + s * rows / 2
    y = height / 2 - s * columns / 2 - c * rows / 2
    return np.array([[c, -s, x], [s, c, y], [0, 0, 1.0]])
