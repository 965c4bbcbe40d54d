"""The loop of all filters, compiled: second-order sections over all channels in one pass.

A recursion waits at every sample for the result before. Here it looks four samples back instead:
multiplied above and below by ``1 - a1 z + a2 z^2``, the denominator ``1 + a1 z + a2 z^2`` becomes a
polynomial in ``z^2``, and once more one in ``z^4`` (scattered look-ahead: K. K. Parhi and D. G.
Messerschmitt, "Pipeline interleaving and parallelism in recursive digital filters", IEEE Trans. ASSP
37, 1989). The numerator grows to nine taps. Now four samples at a time are independent of each
other, which is what vector units want; in float64, each sum in one order, so that every processor
gives the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["BACK", "CHUNK", "cascade", "looking_ahead"]

BACK = 8
"""How many samples of its input and output a section looks back at."""
CHUNK = 512
"""Samples that run through all sections before the next do: they stay in the cache."""


def looking_ahead(sections: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nine taps and the two coefficients of ``z^4`` and ``z^8``, for each section.

    >>> looking_ahead(np.array([[1, 0, 0, 1, -0.5, 0]]))[0].tolist()
    [1.0, 0.5, 0.25, 0.125, 0.0, 0.0, 0.0, 0.0, 0.0, -0.0625, 0.0]
    """
    made = np.empty((len(sections), BACK + 3))
    for row, (b0, b1, b2, _, a1, a2) in zip(made, sections.tolist(), strict=True):
        c1, c2 = 2 * a2 - a1 * a1, a2 * a2  # the denominator in z^2
        # (1 - a1 z + a2 z^2) (1 - c1 z^2 + c2 z^4), which both sides are multiplied by
        e1, e2, e3, e4, e5, e6 = -a1, a2 - c1, a1 * c1, c2 - a2 * c1, -a1 * c2, a2 * c2
        row[:] = (
            b0,
            b0 * e1 + b1,
            b0 * e2 + b1 * e1 + b2,
            b0 * e3 + b1 * e2 + b2 * e1,
            b0 * e4 + b1 * e3 + b2 * e2,
            b0 * e5 + b1 * e4 + b2 * e3,
            b0 * e6 + b1 * e5 + b2 * e4,
            b1 * e6 + b2 * e5,
            b2 * e6,
            2 * c2 - c1 * c1,
            c2 * c2,
        )
    return made + 0.0  # no -0.0


@kernel
def cascade(
    source: NDArray[np.float32],
    made: NDArray[np.float32],
    sections: NDArray[np.float64],
    lines: NDArray[np.float64],
) -> None:
    """Run ``source`` (channels, samples) through all sections, into ``made``.

    Args:
        source, made: contiguous and writable, as numba would compile others anew.
        sections: (n, 11), as from `looking_ahead`.
        lines: (channels, n + 1, BACK + CHUNK), kept from one call to the next: each line begins with
            what came last, of the input and behind each section.
    """
    channels, length = source.shape
    count = len(sections)
    for channel in range(channels):
        for start in range(0, length, CHUNK):
            size = min(CHUNK, length - start)
            x = lines[channel, 0]
            for i in range(size):
                x[i + 8] = source[channel, start + i]
            for number in range(count):
                x, y, s = lines[channel, number], lines[channel, number + 1], sections[number]
                t0, t1, t2, t3, t4 = s[0], s[1], s[2], s[3], s[4]
                t5, t6, t7, t8, d1, d2 = s[5], s[6], s[7], s[8], s[9], s[10]
                for i in range(size):
                    y[i + 8] = (
                        (t0 * x[i + 8] + t1 * x[i + 7] + t2 * x[i + 6])
                        + (t3 * x[i + 5] + t4 * x[i + 4] + t5 * x[i + 3])
                        + (t6 * x[i + 2] + t7 * x[i + 1] + t8 * x[i])
                    )
                for i in range(size):
                    y[i + 8] = (y[i + 8] - d2 * y[i]) - d1 * y[i + 4]
            y = lines[channel, count]
            for i in range(size):
                made[channel, start + i] = y[i + 8]
            for number in range(count + 1):
                x = lines[channel, number]
                for i in range(BACK):
                    value = x[size + i]
                    # What has faded below 1e-162 is far below any float32, and slow to calculate with.
                    x[i] = value if value * value > 0 else 0.0
