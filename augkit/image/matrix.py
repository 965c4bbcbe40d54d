"""3×3 matrices in edge coordinates, as tuples of nine floats (row by row).

Tuples, because a pipeline composes a handful of them per image and NumPy's overhead would be most
of the time. A matrix acts on column vectors (x, y, 1); pixel (0, 0) covers [0, 1) × [0, 1).
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from augkit.core.elementary import cos_sin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "IDENTITY",
    "Matrix",
    "about",
    "apply",
    "compose",
    "invert",
    "is_affine",
    "rotation",
    "scaling",
    "shearing",
    "snapped",
    "translation",
]

Matrix = tuple[float, float, float, float, float, float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def compose(second: Matrix, first: Matrix) -> Matrix:
    """The matrix of ``first``, then ``second``."""
    a, b, c, d, e, f, g, h, i = second
    j, k, l, m, n, o, p, q, r = first  # noqa: E741
    if g == h == p == q == 0.0 and i == r == 1.0:  # affine both: a third of the work
        return (
            a * j + b * m,
            a * k + b * n,
            a * l + b * o + c,
            d * j + e * m,
            d * k + e * n,
            d * l + e * o + f,
            0.0,
            0.0,
            1.0,
        )
    return (
        a * j + b * m + c * p,
        a * k + b * n + c * q,
        a * l + b * o + c * r,
        d * j + e * m + f * p,
        d * k + e * n + f * q,
        d * l + e * o + f * r,
        g * j + h * m + i * p,
        g * k + h * n + i * q,
        g * l + h * o + i * r,
    )


def invert(matrix: Matrix) -> Matrix:
    """The inverse; ``ValueError`` where there is none."""
    a, b, c, d, e, f, g, h, i = matrix
    if g == h == 0.0 and i == 1.0 and (determinant := a * e - b * d) != 0.0:
        s = 1.0 / determinant
        x, y = (b * f - c * e) * s, (c * d - a * f) * s
        return (e * s, -b * s, x, -d * s, a * s, y, 0.0, 0.0, 1.0)
    x, y, z = e * i - f * h, f * g - d * i, d * h - e * g
    determinant = a * x + b * y + c * z
    if determinant == 0.0 or determinant != determinant:
        raise ValueError("the geometry maps the image to a line or a point: it cannot be undone")
    s = 1.0 / determinant
    return (
        x * s,
        (c * h - b * i) * s,
        (b * f - c * e) * s,
        y * s,
        (a * i - c * g) * s,
        (c * d - a * f) * s,
        z * s,
        (b * g - a * h) * s,
        (a * e - b * d) * s,
    )


def translation(x: float, y: float) -> Matrix:
    """Move by (x, y) pixels."""
    return (1.0, 0.0, float(x), 0.0, 1.0, float(y), 0.0, 0.0, 1.0)


def scaling(x: float, y: float) -> Matrix:
    """Scale about the origin."""
    return (float(x), 0.0, 0.0, 0.0, float(y), 0.0, 0.0, 0.0, 1.0)


def rotation(degrees: float) -> Matrix:
    """Rotate about the origin, counter-clockwise as seen (y points down)."""
    cosine, sine = cos_sin(degrees)
    return (cosine, sine, 0.0, -sine, cosine, 0.0, 0.0, 0.0, 1.0)


def shearing(x_degrees: float, y_degrees: float) -> Matrix:
    """Shear along x, then along y, by angles: a vertical line leans by ``x_degrees``."""
    cosine, sine = cos_sin(x_degrees)
    x = sine / cosine
    if y_degrees == 0.0:
        return (1.0, x, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    cosine, sine = cos_sin(y_degrees)
    y = sine / cosine
    return (1.0, x, 0.0, y, 1.0 + x * y, 0.0, 0.0, 0.0, 1.0)


def about(matrix: Matrix, x: float, y: float) -> Matrix:
    """The same matrix with the point (x, y) as its origin."""
    a, b, c, d, e, f, g, h, i = matrix
    if g != 0.0 or h != 0.0 or i != 1.0:
        return compose(compose(translation(x, y), matrix), translation(-x, -y))
    return (a, b, c + x - a * x - b * y, d, e, f + y - d * x - e * y, 0.0, 0.0, 1.0)


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Where the point (x, y) goes."""
    a, b, c, d, e, f, g, h, i = matrix
    w = g * x + h * y + i
    return (a * x + b * y + c) / w, (d * x + e * y + f) / w


def is_affine(matrix: Matrix) -> bool:
    """Whether the last row is (0, 0, 1)."""
    return matrix[6] == 0.0 and matrix[7] == 0.0 and matrix[8] == 1.0


def snapped(matrix: Matrix, extent: float) -> Matrix:
    """The matrix with what is a whole number but for rounding made whole.

    Linear parts within 1e-9 and translations within 1e-9 of ``extent`` (the larger side in pixels)
    count as rounding, so that four turns by 22.5 degrees are one by 90, exactly.
    """
    a, b, c, d, e, f, g, h, i = matrix
    if g != 0.0 or h != 0.0 or i != 1.0:
        if abs(g) * extent > 1e-9 or abs(h) * extent > 1e-9 or i == 0.0:
            return matrix
        a, b, c, d, e, f = a / i, b / i, c / i, d / i, e / i, f / i
    if not isfinite(a + b + c + d + e + f):
        return matrix
    # Written out: a run of geometry snaps once, and six calls would be most of the time. Almost all
    # numbers are far from a whole one.
    near = 1e-9
    if -near <= (off := (whole := round(a)) - a) <= near and off:
        a = float(whole)
    if -near <= (off := (whole := round(b)) - b) <= near and off:
        b = float(whole)
    if -near <= (off := (whole := round(d)) - d) <= near and off:
        d = float(whole)
    if -near <= (off := (whole := round(e)) - e) <= near and off:
        e = float(whole)
    if extent > 1.0:
        near = 1e-9 * extent
    if -near <= (off := (whole := round(c)) - c) <= near and off:
        c = float(whole)
    if -near <= (off := (whole := round(f)) - f) <= near and off:
        f = float(whole)
    return (a, b, c, d, e, f, 0.0, 0.0, 1.0)


def as_array(matrix: Matrix) -> NDArray[np.float64]:
    """The matrix as a float64 array of shape (3, 3)."""
    import numpy as np

    return np.array(matrix, dtype=np.float64).reshape(3, 3)
