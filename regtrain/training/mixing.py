"""Samples mixed with others of their batch, and their targets with them."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from augkit.core.random import Stream
from regtrain.layers.base import Array

__all__ = ["CutMix", "MixUp", "Mixing"]


@dataclass(frozen=True)
class Mixing:
    """The base.

    Args:
        alpha: of the beta distribution the share is drawn from, above 0; small values mix little.
    """

    alpha: float = 0.2

    def __post_init__(self) -> None:
        if not self.alpha > 0:
            raise ValueError(
                f"{type(self).__name__}: alpha must be above 0, got {self.alpha!r}; leave mixing "
                "out for none"
            )

    def mixed(self, x: Array, targets: Array, stream: Stream) -> tuple[Array, Array]:
        """Inputs and (soft) targets, each with one partner from the same batch."""
        partner = np.array(stream.permutation("partner", len(x)))
        x, share = self.inputs(x, partner, stream)
        return x, share * targets + (1 - share) * targets[partner]

    def inputs(self, x: Array, partner: Array, stream: Stream) -> tuple[Array, float]:
        """The mixed inputs, and the share that is left of each."""
        raise NotImplementedError


@dataclass(frozen=True)
class MixUp(Mixing):
    """share x + (1 - share) partner (Zhang et al., ICLR 2018).

    Args:
        alpha: of the beta distribution the share is drawn from (default 0.2).
    """

    def inputs(self, x: Array, partner: Array, stream: Stream) -> tuple[Array, float]:
        share = stream.beta("share", self.alpha, self.alpha)
        return (share * x + (1 - share) * x[partner]).astype(x.dtype), share


@dataclass(frozen=True)
class CutMix(Mixing):
    """A rectangle of the partner in place of one's own (Yun et al., ICCV 2019); for images.

    Args:
        alpha: of the beta distribution of the area that stays (default 1).
    """

    alpha: float = 1.0

    def inputs(self, x: Array, partner: Array, stream: Stream) -> tuple[Array, float]:
        if x.ndim != 4:
            raise ValueError(
                f"CutMix takes images, (batch, height, width, channels), got {x.shape}"
            )
        height, width = x.shape[1:3]
        side = sqrt(1 - stream.beta("share", self.alpha, self.alpha))
        tall, wide = round(side * height), round(side * width)
        top = stream.integer("top", 0, height - tall)
        left = stream.integer("left", 0, width - wide)
        x = x.copy()
        area = (slice(None), slice(top, top + tall), slice(left, left + wide))
        x[area] = x[partner][area]
        return x, 1 - tall * wide / (height * width)
