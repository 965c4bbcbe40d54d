"""A table of numbers as a table of shades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from regtrain.charts.scale import number

__all__ = ["heat_map"]

WIDTH = 440


def heat_map(
    title: str,
    values: Iterable[Iterable[Any]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    x: str = "",
    y: str = "",
    numbers: bool = True,
    per_row: bool = True,
) -> str:
    """A matrix as shades, darker for more, as one ``<svg>`` element.

    Args:
        title: what it shows.
        values: the matrix, row by row; none below 0.
        rows, columns: the names of both.
        x, y: what columns and rows are.
        numbers: whether each cell shows its number.
        per_row: shades relative to the sum of the row (a confusion matrix), or to the largest cell.

    >>> heat_map("Confusion", [[9, 1], [2, 8]], rows=["a", "b"], columns=["a", "b"]).count("<rect")
    4
    """
    table = [[float(value) for value in row] for row in values]
    if len(table) != len(rows) or any(len(row) != len(columns) for row in table):
        raise ValueError(
            f"values must be {len(rows)} rows of {len(columns)}, "
            f"got {len(table)} of {sorted({len(row) for row in table})}"
        )
    most = max((max(row, default=0.0) for row in table), default=0.0) or 1.0
    left = 30 + min(130, 6.2 * max((len(name) for name in rows), default=0))
    cell = (WIDTH - left - 4) / max(len(columns), 1)
    tall = min(cell, 34.0) if len(rows) > 3 else 30.0
    letters = max(2, int(cell / 6.0))
    slanted = any(len(name) > letters for name in columns) and cell >= 20
    top = 26 + (16 + min(70, 5 * max(len(name) for name in columns)) if slanted else 20)
    parts = []
    for i, row in enumerate(table):
        whole = (sum(row) if per_row else most) or 1.0
        parts.append(
            f'<text class="tick" x="{left - 6:.0f}" y="{top + tall * (i + 0.5) + 4:.1f}" '
            f'text-anchor="end">{escape(rows[i])}</text>'
        )
        for j, value in enumerate(row):
            share = min(max(value / whole, 0.0), 1.0)
            at = f'x="{left + cell * j:.1f}" y="{top + tall * i:.1f}"'
            told = f"{escape(rows[i])}, {escape(columns[j])}: {number(value)}"
            parts.append(
                f'<rect {at} width="{max(cell - 1, 0.5):.1f}" height="{max(tall - 1, 0.5):.1f}" '
                f'class="cell" style="--share:{share**0.6:.3f}"><title>{told}</title></rect>'
            )
            if numbers and value and cell >= 16:
                strong = " strong" if share**0.6 > 0.55 else ""
                parts.append(
                    f'<text class="inside{strong}" x="{left + cell * (j + 0.5):.1f}" '
                    f'y="{top + tall * (i + 0.5) + 3.5:.1f}" text-anchor="middle">'
                    f"{number(value)}</text>"
                )
    every = max(1, round(36 / cell)) if cell < 20 else 1
    for j, name in enumerate(columns):
        if j % every:
            continue
        middle, base = left + cell * (j + 0.5), top - 6
        place = (
            f'transform="translate({middle + 3:.1f} {base}) rotate(-45)"'
            if slanted
            else f'x="{middle:.1f}" y="{base}" text-anchor="middle"'
        )
        parts.append(f'<text class="tick" {place}>{escape(name)}</text>')
    height = top + tall * len(rows) + (20 if x else 4)
    parts.append(
        f'<text class="name" x="{(left + WIDTH) / 2:.0f}" y="{height - 5:.0f}" '
        f'text-anchor="middle">{escape(x)}</text>'
    )
    middle = top + tall * len(rows) / 2
    parts.append(
        f'<text class="name" transform="translate(11 {middle:.0f}) rotate(-90)" '
        f'text-anchor="middle">{escape(y)}</text>'
    )
    return (
        f'<svg class="chart heat" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}"><text class="title" x="0" y="14">{escape(title)}</text>'
        f"{''.join(parts)}</svg>"
    )
