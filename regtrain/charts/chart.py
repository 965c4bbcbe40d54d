"""A chart of curves, points, bars and guides over two axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from regtrain.charts.scale import Scale, number

__all__ = ["Chart"]

WIDTH, HEIGHT = 440, 290
LEFT, RIGHT, BOTTOM = 58, 12, 44
_COLORS = 8
_LETTER = 6.6  # about the width of a letter of the legend, in pixels
_WIDE = 3.6  # what the widest letters have more


@dataclass(frozen=True)
class _Series:
    kind: str  # "line", "points" or "bars"
    x: list[float]
    y: list[float]
    low: list[float]
    high: list[float]
    name: str
    color: int
    dashed: bool


def _floats(values: Iterable[Any]) -> list[float]:
    return [float(value) for value in values]


class Chart:
    """Curves, points and bars over two axes, each method giving the chart back.

    Args:
        title: what it shows, in a few words.
        x, y: the names of the axes, with units.
        log_x, log_y: logarithmic axes; values at or below 0 are then left out.
        x_range, y_range: the ends of an axis; default: what the data need.
        labels: names that stand at x = 0, 1, 2, … instead of numbers.

    >>> chart = Chart("Error", x="degree", y="error", log_y=True)
    >>> _ = chart.line([1, 2], [0.3, 0.1], "training").points([1, 2], [0.4, 0.2], "test")
    >>> chart.svg().count("<title>")
    2
    """

    def __init__(
        self,
        title: str,
        *,
        x: str = "",
        y: str = "",
        log_x: bool = False,
        log_y: bool = False,
        x_range: tuple[float, float] | None = None,
        y_range: tuple[float, float] | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        self.title = title
        self.x, self.y = x, y
        self.log_x, self.log_y = log_x, log_y
        self.x_range, self.y_range = x_range, y_range
        self.labels = None if labels is None else list(labels)
        self._series: list[_Series] = []
        self._guides: list[tuple[str, float, str]] = []
        self._colors: dict[str, int] = {}

    def line(
        self,
        x: Iterable[Any],
        y: Iterable[Any],
        name: str = "",
        *,
        band: tuple[Iterable[Any], Iterable[Any]] | None = None,
        dashed: bool = False,
    ) -> Chart:
        """A curve; ``band`` is a lower and an upper curve to shade between."""
        return self._add("line", x, y, name, band, dashed)

    def points(
        self,
        x: Iterable[Any],
        y: Iterable[Any],
        name: str = "",
        *,
        band: tuple[Iterable[Any], Iterable[Any]] | None = None,
    ) -> Chart:
        """Points; ``band`` gives each a whisker from its lower to its upper value."""
        return self._add("points", x, y, name, band, False)

    def bars(self, x: Iterable[Any], y: Iterable[Any], name: str = "") -> Chart:
        """Bars from zero."""
        return self._add("bars", x, y, name, None, False)

    def guide(self, *, x: float | None = None, y: float | None = None, name: str = "") -> Chart:
        """A thin dashed line across the chart at one value."""
        if x is not None:
            self._guides.append(("x", float(x), name))
        if y is not None:
            self._guides.append(("y", float(y), name))
        return self

    def _add(
        self,
        kind: str,
        x: Iterable[Any],
        y: Iterable[Any],
        name: str,
        band: tuple[Iterable[Any], Iterable[Any]] | None,
        dashed: bool,
    ) -> Chart:
        xs, ys = _floats(x), _floats(y)
        if len(xs) != len(ys):
            raise ValueError(f"x and y must be of one length, got {len(xs)} and {len(ys)}")
        low, high = ([], []) if band is None else (_floats(band[0]), _floats(band[1]))
        if band is not None and not len(low) == len(high) == len(xs):
            raise ValueError(f"band must be as long as x ({len(xs)}), got {len(low)}, {len(high)}")
        # One name, one color: the points of a curve look like the curve.
        key = name or f"#{len(self._series)}"
        color = self._colors.setdefault(key, len(self._colors) % _COLORS + 1)
        self._series.append(_Series(kind, xs, ys, low, high, name, color, dashed))
        return self

    # -- drawing -------------------------------------------------------------------------------

    def svg(self) -> str:
        """The drawing as one ``<svg>`` element."""
        legend, top = self._legend()
        xs, ys = self._scales(top)
        body = [legend, self._axes(xs, ys)]
        body += [self._guide(guide, xs, ys) for guide in self._guides]
        # An inner drawing cuts off what lies outside the axes.
        corner = (
            f"{LEFT - 5} {top - 3} {WIDTH - LEFT - RIGHT + 10} {HEIGHT - self._bottom - top + 6}"
        )
        x, y, width, height = corner.split()
        body.append(f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{corner}">')
        body += [self._band(series, xs, ys) for series in self._series if series.low]
        body += [self._draw(series, xs, ys) for series in self._series]
        body.append("</svg>")
        names = ", ".join(dict.fromkeys(series.name for series in self._series if series.name))
        told = escape(f"{self.title}: {self.y} against {self.x}" + (f"; {names}" if names else ""))
        return (
            f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">'
            f'<text class="title" x="0" y="14">{escape(self.title)}</text>{"".join(body)}</svg>'
        )

    def _legend(self) -> tuple[str, int]:
        """The names of the series in as many lines as they need, and where the chart begins."""
        shown: dict[str, _Series] = {}
        for series in self._series:
            if series.name:
                shown.setdefault(series.name, series)
        marks, x, y = [], 0.0, 33
        for name, series in shown.items():
            width = 24 + len(name) * _LETTER + sum(map(name.count, "mwMW")) * _WIDE
            if x and x + width > WIDTH:
                x, y = 0.0, y + 16
            dash = ' stroke-dasharray="4 3"' if series.dashed else ""
            mark = (
                f'<circle cx="{x + 7:.0f}" cy="{y - 4}" r="3.5" class="fill-{series.color}"/>'
                if series.kind == "points"
                else f'<path d="M{x:.0f} {y - 4}h14" class="stroke-{series.color}"{dash}/>'
            )
            marks.append(f'{mark}<text x="{x + 18:.0f}" y="{y}">{escape(name)}</text>')
            x += width + 6
        return f'<g class="legend">{"".join(marks)}</g>', (y + 12 if shown else 28)

    def _scales(self, top: int) -> tuple[Scale, Scale]:
        xs = [v for s in self._series for v in s.x] + [v for k, v, _ in self._guides if k == "x"]
        ys = [v for s in self._series for v in (*s.y, *s.low, *s.high)]
        ys += [value for kind, value, _ in self._guides if kind == "y"]
        barred = any(series.kind == "bars" for series in self._series)
        if barred or self.labels:
            steps = [s.x[1] - s.x[0] for s in self._series if len(s.x) > 1]
            half = 0.5 if self.labels else 0.5 * min(steps, default=1)
            xs = [min(xs, default=0) - half, max(xs, default=1) + half]
        left, right, bottom = LEFT, WIDTH - RIGHT, HEIGHT - self._bottom
        x_scale = (
            Scale(*self.x_range, left, right, self.log_x)
            if self.x_range
            else Scale.around(xs, left, right, log=self.log_x)
        )
        y_scale = (
            Scale(*self.y_range, bottom, top, self.log_y)
            if self.y_range
            else Scale.around(ys, bottom, top, log=self.log_y, zero=barred)
        )
        return x_scale, y_scale

    def _axes(self, xs: Scale, ys: Scale) -> str:
        found = []
        for tick in ys.ticks():
            at = ys(tick)
            found.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
            found.append(
                f'<text class="tick" x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">'
                f"{number(tick)}</text>"
            )
        base = HEIGHT - self._bottom + 16
        for value, label in self._x_ticks(xs):
            place = (
                f'transform="translate({xs(value) + 4:.1f} {base - 4}) rotate(-35)" text-anchor="end"'
                if self._slanted
                else f'x="{xs(value):.1f}" y="{base}" text-anchor="middle"'
            )
            found.append(f'<text class="tick" {place}>{escape(label)}</text>')
        found.append(f'<path class="axis" d="M{LEFT} {ys.start:.1f}H{WIDTH - RIGHT}"/>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        found.append(
            f'<text class="name" x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">'
            f"{escape(self.x)}</text>"
        )
        high = (ys.start + ys.end) / 2
        found.append(
            f'<text class="name" transform="translate(11 {high:.0f}) rotate(-90)" '
            f'text-anchor="middle">{escape(self.y)}</text>'
        )
        return "".join(found)

    @property
    def _slanted(self) -> bool:
        """Whether the labels are too long to stand side by side."""
        room = (WIDTH - LEFT - RIGHT) / max(len(self.labels or ()), 1)
        return any(len(label) * _LETTER > room for label in self.labels or ())

    @property
    def _bottom(self) -> int:
        """The height of what stands below the axis."""
        if not self._slanted:
            return BOTTOM
        longest = max(len(label) for label in self.labels or ())
        return BOTTOM + min(66, round(longest * _LETTER * 0.6))

    def _x_ticks(self, xs: Scale) -> list[tuple[float, str]]:
        if self.labels is None:
            return [(tick, number(tick)) for tick in xs.ticks()]
        return [(float(at), label) for at, label in enumerate(self.labels)]

    def _guide(self, guide: tuple[str, float, str], xs: Scale, ys: Scale) -> str:
        kind, value, name = guide
        if kind == "x":
            at = xs(value)
            path, x, y = f"M{at:.1f} {ys.start:.1f}V{ys.end:.1f}", at + 4, ys.end + 9
            anchor = "start"
            if at > WIDTH * 0.7:
                x, anchor = at - 4, "end"
        else:
            at = ys(value)
            path, x, y = f"M{LEFT} {at:.1f}H{WIDTH - RIGHT}", WIDTH - RIGHT, at - 4
            anchor = "end"
        label = f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(name)}</text>'
        return f'<g class="guide"><path d="{path}"/>{label if name else ""}</g>'

    def _places(
        self, x: Sequence[float], y: Sequence[float], xs: Scale, ys: Scale
    ) -> list[tuple[float, float] | None]:
        """Pixels of the values; None where there is nothing to draw."""

        def visible(a: float, b: float) -> bool:
            finite = math.isfinite(a) and math.isfinite(b)
            return finite and (a > 0 or not self.log_x) and (b > 0 or not self.log_y)

        return [
            # Far outside is as good as just outside, and keeps the numbers short.
            (xs(a), min(max(ys(b), -HEIGHT), 2 * HEIGHT)) if visible(a, b) else None
            for a, b in zip(x, y, strict=True)
        ]

    def _path(self, places: Sequence[tuple[float, float] | None]) -> str:
        parts, pen = [], "M"
        for place in places:
            if place is None:
                pen = "M"
                continue
            parts.append(f"{pen}{place[0]:.1f} {place[1]:.1f}")
            pen = "L"
        return "".join(parts)

    def _band(self, series: _Series, xs: Scale, ys: Scale) -> str:
        low = self._places(series.x, series.low, xs, ys)
        high = self._places(series.x, series.high, xs, ys)
        pairs = [(a, b) for a, b in zip(low, high, strict=True) if a and b]
        if series.kind == "points":
            return "".join(
                f'<path class="stroke-{series.color}" d="M{a[0]:.1f} {a[1]:.1f}V{b[1]:.1f}"/>'
                for a, b in pairs
            )
        edge = [a for a, _ in pairs] + [b for _, b in reversed(pairs)]
        path = self._path(edge)
        return f'<path class="band fill-{series.color}" d="{path}Z"/>' if path else ""

    def _draw(self, series: _Series, xs: Scale, ys: Scale) -> str:
        places = self._places(series.x, series.y, xs, ys)
        color = series.color
        if series.kind == "line":
            dash = ' stroke-dasharray="4 3"' if series.dashed else ""
            many = sum(other.name == series.name for other in self._series) > 4
            kind = f"{'thin ' if many else ''}stroke-{color}"
            return f'<path class="{kind}"{dash} d="{self._path(places)}"/>'
        if series.kind == "points":
            radius = 3.5 if len(places) < 60 else 1.8
            return "".join(
                f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{radius}" '
                f'class="fill-{color}"><title>{escape(series.name)} {number(x)}, {number(y)}</title>'
                "</circle>"
                for place, x, y in zip(places, series.x, series.y, strict=True)
                if place
            )
        step = series.x[1] - series.x[0] if len(series.x) > 1 else 1.0
        share = 0.96 if self.labels is None else 0.7
        width = abs(xs(xs.low + step) - xs(xs.low)) * share if not self.log_x else 6.0
        zero = ys(max(0.0, ys.low) if not self.log_y else ys.low)
        return "".join(
            f'<rect x="{place[0] - width / 2:.1f}" y="{min(place[1], zero):.1f}" '
            f'width="{width:.1f}" height="{max(abs(zero - place[1]), 0.5):.1f}" '
            f'class="fill-{color}"><title>{number(x)}: {number(y)}</title></rect>'
            for place, x, y in zip(places, series.x, series.y, strict=True)
            if place
        )
