"""Matrix products in registers: exact where numbers are whole, inside their bounds, the same bits always."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from regtrain.kernels.products import product
from regtrain.kernels.registers import COLUMNS, LANES, ROWS, TUNED
from regtrain.kernels.team import team

# Heights, terms and widths: whole tiles and others, one block and several.
SHAPES = [
    (128, 784, 512),
    (784, 128, 512),
    (13, 512, 64),
    (14, 513, 65),
    (27, 600, 47),
    (127, 1500, 33),
    (300, 1025, 100),
    (600, 90, 96),
    (1000, 9, 40),
    (64, 4000, 32),
    (128, 256, 10),
    (256, 128, 10),
    (128, 300, 1100),
]
Floats = NDArray[np.float32]


def _operands(height: int, terms: int, width: int, whole: bool = True) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(height)
    if whole:  # sums stay below 2^24, where float32 counts exactly
        make = lambda *shape: generator.integers(-30, 31, shape).astype(np.float32)  # noqa: E731
    else:
        make = lambda *shape: generator.standard_normal(shape).astype(np.float32)  # noqa: E731
    return make(height, terms), make(terms, width)


def _lying(matrix: Floats, turned: bool) -> Floats:
    """The same matrix, in memory row by row or column by column."""
    return np.ascontiguousarray(matrix.T).T if turned else matrix


@pytest.mark.parametrize("a_turned", [False, True])
@pytest.mark.parametrize("b_turned", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_whole_numbers_are_exact_and_nothing_else_is_written(
    shape: tuple[int, int, int], a_turned: bool, b_turned: bool
) -> None:
    height, _, width = shape
    a, b = _operands(*shape)
    space = np.full(height * width + 64, np.nan, np.float32)
    out = space[32:-32].reshape(height, width)
    assert product(_lying(a, a_turned), _lying(b, b_turned), out) is out
    assert np.array_equal(out, a.astype(np.float64) @ b.astype(np.float64))
    assert np.isnan(space[:32]).all()
    assert np.isnan(space[-32:]).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_rounding_stays_within_the_bound(shape: tuple[int, int, int]) -> None:
    """Higham, Accuracy and Stability (2002), 3.5: at most terms × u × |a||b|, here with √terms."""
    a, b = _operands(*shape, whole=False)
    out = product(a, b, np.empty((shape[0], shape[2]), np.float32))
    wide = a.astype(np.float64), b.astype(np.float64)
    bound = 3 * np.sqrt(shape[1]) * 2.0**-24 * (np.abs(wide[0]) @ np.abs(wide[1]))
    assert (np.abs(out - wide[0] @ wide[1]) <= bound).all()


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_threads_and_layouts_give_the_same_bits(shape: tuple[int, int, int], count: int) -> None:
    a, b = _operands(*shape, whole=False)
    alone = product(a, b, np.empty((shape[0], shape[2]), np.float32))
    with team(count):
        for layout in range(4):
            left, right = _lying(a, layout % 2 == 1), _lying(b, layout > 1)
            assert np.array_equal(product(left, right, np.empty_like(alone)), alone)


def test_nan_and_infinity_come_through() -> None:
    a, b = _operands(128, 784, 64)
    a[5, 700], a[100, 3] = np.nan, np.inf
    out = product(a, b, np.empty((128, 64), np.float32))
    with np.errstate(invalid="ignore"):
        assert np.array_equal(out, a @ b, equal_nan=True)


def test_strided_operands_are_multiplied_too() -> None:
    a, b = _operands(128, 784, 64)
    out = product(a[::2, ::2], b[::2], np.empty((64, 64), np.float32))
    assert np.array_equal(out, a[::2, ::2] @ b[::2])


def _digest() -> str:
    digest = hashlib.sha256()
    for shape in SHAPES:
        a, b = _operands(*shape, whole=False)
        digest.update(product(a, b, np.empty((shape[0], shape[2]), np.float32)).tobytes())
    return digest.hexdigest()


def test_other_registers_give_the_same_bits() -> None:
    """Registers of 8 numbers and tiles of 6 rows, as on processors without AVX-512."""
    code = (
        f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "from test_products import _digest\n"
        "from regtrain.kernels.registers import LANES\n"
        "print(LANES, _digest())"
    )
    if not TUNED:  # NumPy multiplies here, and its bits are its own
        a, b = _operands(*SHAPES[0], whole=False)
        assert np.array_equal(product(a, b, np.empty((128, 512), np.float32)), a @ b)
        return
    settings = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma,+sse4.2"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["8", _digest()]


def test_tiles_are_known_on_this_processor() -> None:
    assert (LANES, ROWS, COLUMNS) in ((16, 26, 16), (8, 6, 16), (4, 4, 8))
