"""A transform in a module of its own, so that specs, recipes and workers can find it by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import augkit
from augkit import image


@dataclass(frozen=True)
class Scanlines(image.PixelTransform):
    """Darken every second row.

    Args:
        factor: what is left of their brightness; 1 is neutral (default: uniform in [0.3, 0.9]).
    """

    factor: augkit.Number = augkit.parameter(
        (0.3, 0.9), low=0, high=1, neutral=1, doc="1 is neutral"
    )

    def pixels(self, image: Any, params: augkit.Params, alpha: bool) -> Any:
        dark = image.copy()
        color = slice(0, -1 if alpha else None)  # alpha is not darkened
        dark[::2, ..., color] = (dark[::2, ..., color] * params["factor"]).astype(image.dtype)
        return dark
