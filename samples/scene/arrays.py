"""Array types and the few vector operations the renderer needs.

A set of points or directions is one float32 array of shape (3, n): components are contiguous, so
an operation on ``p[1]`` touches only the heights.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int32]


def dot(a: Array, b: Array) -> Array:
    """Scalar product of matching columns."""
    result: Array = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return result


def length(*components: Array) -> Array:
    """Euclidean length of the vectors with these components."""
    total = components[0] * components[0]
    for component in components[1:]:
        total = total + component * component
    return np.sqrt(total)


def normalize(v: Array) -> Array:
    """Columns of ``v`` with length 1."""
    return v / np.maximum(length(v[0], v[1], v[2]), np.float32(1e-9))


def column(x: float, y: float, z: float) -> Array:
    """One vector, as a (3, 1) array that broadcasts against any set."""
    return np.array([[x], [y], [z]], np.float32)


def color(code: str) -> Array:
    """Linear-light colour of an sRGB hex code such as ``"c8102e"``, as a (3, 1) array."""
    srgb = np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], np.float64) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)[:, None]


def mix(a: Array, b: Array, amount: Array) -> Array:
    """``a`` where amount is 0, ``b`` where it is 1."""
    return a + (b - a) * amount


def smoothstep(low: float, high: float, x: Array) -> Array:
    """0 below ``low``, 1 above ``high``, a smooth cubic in between (either order)."""
    t = np.clip((x - low) / (high - low), 0, 1).astype(np.float32)
    result: Array = t * t * (3 - 2 * t)
    return result


def frame(normal: Array) -> tuple[Array, Array]:
    """Two unit tangents per normal (Duff et al. 2017, "Building an Orthonormal Basis")."""
    x, y, z = normal
    sign = np.where(z < 0, np.float32(-1), np.float32(1))
    a = -1 / (sign + z)
    b = x * y * a
    return (
        np.stack([1 + sign * x * x * a, sign * b, -sign * x]),
        np.stack([b, sign + y * y * a, -y]),
    )


def rotation(yaw: float = 0, pitch: float = 0, roll: float = 0) -> Array:
    """Rotation matrix from degrees: roll about z, then pitch about x, then yaw about y."""
    (cy, sy), (cp, sp), (cr, sr) = (
        (np.cos(np.radians(a)), np.sin(np.radians(a))) for a in (yaw, pitch, roll)
    )
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    result: Array = (about_y @ about_x @ about_z).astype(np.float32)
    return result
