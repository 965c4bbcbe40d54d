"""Pooling. Images are NHWC."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = [
    "average_pool",
    "average_pool_back",
    "max_pool",
    "max_pool_back",
]

Array = NDArray[Any]


# Every inner loop below runs over slices from zero: then numba need not check for negative indices,
# and the loop becomes vector instructions. It is worth a factor of ten.


@kernel
def max_pool(z: Array, size: int, stride: int, y: Array, where: Array) -> None:
    """The greatest of each window of (n, h, w, c), and its place in the window; NaN wins."""
    n, out_h, out_w, channels = y.shape
    for image in range(n):
        for i in range(out_h):
            for j in range(out_w):
                best, place = y[image, i, j], where[image, i, j]
                first = z[image, i * stride, j * stride]
                for c in range(channels):
                    best[c] = first[c]
                    place[c] = 0
                for k in range(1, size * size):
                    other = z[image, i * stride + k // size, j * stride + k % size]
                    for c in range(channels):
                        better = other[c] > best[c] or other[c] != other[c]
                        best[c] = other[c] if better else best[c]
                        place[c] = k if better else place[c]


@kernel
def max_pool_back(dy: Array, where: Array, size: int, stride: int, dz: Array) -> None:
    """The gradient goes where the greatest was; dz is set first, so windows may overlap."""
    n, out_h, out_w, channels = dy.shape
    zero = dz.dtype.type(0)
    if stride == size:
        if dz.shape[1] != out_h * size or dz.shape[2] != out_w * size:
            dz[:] = zero
        for image in range(n):
            for i in range(out_h):
                for j in range(out_w):
                    gradient, place = dy[image, i, j], where[image, i, j]
                    for k in range(size * size):
                        target = dz[image, i * stride + k // size, j * stride + k % size]
                        for c in range(channels):
                            target[c] = gradient[c] if place[c] == k else zero
        return
    dz[:] = zero
    for image in range(n):
        for i in range(out_h):
            for j in range(out_w):
                gradient, place = dy[image, i, j], where[image, i, j]
                for c in range(channels):
                    k = place[c]
                    dz[image, i * stride + k // size, j * stride + k % size, c] += gradient[c]


@kernel
def average_pool(z: Array, size: int, stride: int, y: Array) -> None:
    """The mean of each window."""
    n, out_h, out_w, channels = y.shape
    share = y.dtype.type(1 / (size * size))
    y[:] = y.dtype.type(0)
    for image in range(n):
        for i in range(out_h):
            for j in range(out_w):
                mean = y[image, i, j]
                for k in range(size * size):
                    other = z[image, i * stride + k // size, j * stride + k % size]
                    for c in range(channels):
                        mean[c] += share * other[c]


@kernel
def average_pool_back(dy: Array, size: int, stride: int, dz: Array) -> None:
    """Each element of a window gets its share."""
    n, out_h, out_w, channels = dy.shape
    share = dz.dtype.type(1 / (size * size))
    dz[:] = dz.dtype.type(0)
    for image in range(n):
        for i in range(out_h):
            for j in range(out_w):
                gradient = dy[image, i, j]
                for k in range(size * size):
                    target = dz[image, i * stride + k // size, j * stride + k % size]
                    for c in range(channels):
                        target[c] += share * gradient[c]
