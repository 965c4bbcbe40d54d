"""Colors of labels, and masks as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PALETTE", "css", "ink", "instance_masks", "semantic_mask"]

PALETTE = (
    (255, 92, 87),
    (52, 152, 255),
    (255, 190, 40),
    (46, 204, 128),
    (190, 110, 255),
    (255, 140, 60),
    (30, 205, 215),
    (245, 110, 190),
    (165, 205, 50),
    (120, 130, 255),
    (205, 150, 105),
    (150, 165, 180),
)
"""Bright enough to stand out on photographs, apart from one another for most eyes."""

MASK_OPACITY = 120
_IGNORED = 255  # by convention the value of pixels that have no class


def css(index: int) -> str:
    """A color as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*PALETTE[index % len(PALETTE)])


def ink(index: int) -> tuple[int, int, int]:
    """Black or white, whichever reads better on a color (relative luminance as in WCAG 2)."""
    linear = [(value / 255) ** 2.2 for value in PALETTE[index % len(PALETTE)]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (15, 15, 20) if luminance > 0.18 else (255, 255, 255)


def semantic_mask(mask: NDArray[Any]) -> NDArray[np.uint8]:
    """A mask of class numbers as a picture (H, W, 4); 0 is transparent. A colored one as it is."""
    if mask.ndim == 3 and mask.shape[2] >= 3:
        color = mask[:, :, :3].astype(np.uint8)
        return np.dstack([color, np.where(color.any(axis=2), MASK_OPACITY, 0).astype(np.uint8)])
    values = (mask if mask.ndim == 2 else mask[:, :, 0]).astype(np.int64)
    colors = np.array(PALETTE, np.uint8)[(values - 1) % len(PALETTE)]
    colors[values == _IGNORED] = 128
    return np.dstack([colors, np.where(values != 0, MASK_OPACITY, 0).astype(np.uint8)])


def instance_masks(masks: NDArray[Any], colors: list[int]) -> NDArray[np.uint8]:
    """Masks (N, H, W) as one picture (H, W, 4), each in its own color; later ones lie above."""
    picture = np.zeros((*masks.shape[1:], 4), np.uint8)
    for mask, color in zip(masks, colors, strict=True):
        picture[mask != 0] = (*PALETTE[color % len(PALETTE)], MASK_OPACITY)
    return picture
