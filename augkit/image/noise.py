"""Noise: drawn as a 64-bit seed, expanded pixel by pixel from it. Alpha stays."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar

from augkit.core.distributions import Number, log_uniform
from augkit.core.fields import option, parameter
from augkit.core.transform import Params
from augkit.image import kernels
from augkit.image.base import PixelTransform, color_channels
from augkit.image.sample import Pixels

__all__ = ["GaussianNoise", "SaltAndPepper", "ShotNoise"]


@dataclass(frozen=True)
class _Noise(PixelTransform):
    """Base of noises: further images have noise of their own, as pictures of other cameras do."""

    seeds: ClassVar[tuple[str, ...]] = ("seed",)

    def params_of(self, name: str, params: Params) -> Params:
        return {**params, "seed": _seed_of(name, params["seed"])}


def _seed_of(name: str, seed: int) -> int:
    """The seed of a further image."""
    digest = blake2b(name.encode(), digest_size=8, key=seed.to_bytes(8, "little")).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True)
class GaussianNoise(_Noise):
    """Add normally distributed noise, independent in every pixel.

    Args:
        std: standard deviation as a fraction of the full range; 0 is neutral (default: uniform in
            [0.01, 0.05]).
        per_channel: noise of its own in each channel (default), or the same in all: gray noise.

    >>> import numpy as np
    >>> noisy = GaussianNoise(std=0.1)(np.full((64, 64), 128, np.uint8))
    >>> bool(abs(noisy.std() - 25.5) < 2)
    True
    """

    std: Number = parameter(
        (0.01, 0.05),
        low=0,
        high=10,
        unit="of the full range",
        neutral=0,
        doc="standard deviation",
    )
    per_channel: bool = option(
        True, choices=(False, True), doc="whether each channel has its own noise"
    )

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        std = params["std"]
        if std == 0:
            return image
        return kernels.noise.gaussian_noise(
            image,
            std,
            params["seed"],
            per_channel=self.per_channel,
            color_channels=color_channels(image, alpha),
        )


@dataclass(frozen=True)
class SaltAndPepper(_Noise):
    """Turn single pixels white (salt) or black (pepper), all their channels at once.

    Args:
        amount: the probability of a pixel to be hit; 0 is neutral (default: uniform in
            [0.005, 0.05]).
        salt_fraction: the probability of a hit pixel to turn white (default 0.5).

    >>> import numpy as np
    >>> sorted(set(SaltAndPepper(amount=0.5)(np.full((32, 32), 9, np.uint8)).ravel().tolist()))
    [0, 9, 255]
    """

    amount: Number = parameter(
        (0.005, 0.05), low=0, high=1, unit="of the pixels", neutral=0, doc="how many are hit"
    )
    salt_fraction: Number = parameter(
        0.5, low=0, high=1, unit="of the hits", doc="how many of the hit turn white"
    )

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        amount = params["amount"]
        if amount == 0:
            return image
        return kernels.salt.salt_and_pepper(
            image,
            amount,
            params["salt_fraction"],
            params["seed"],
            color_channels=color_channels(image, alpha),
        )


@dataclass(frozen=True)
class ShotNoise(_Noise):
    """Count photons: every value becomes a Poisson number of them, as on a sensor.

    A value v in [0, 1] becomes ``Poisson(v * photons) / photons``, so its variance is
    ``v / photons``: fewer photons are more noise, and bright parts have more of it than dark ones.

    Args:
        photons: the mean count at full range (default: log-uniform in [50, 1000]).

    >>> import numpy as np
    >>> noisy = ShotNoise(photons=100)(np.full((64, 64), 0.5, np.float32))
    >>> bool(abs(noisy.var() - 0.5 / 100) < 0.0005)
    True
    """

    photons: Number = parameter(
        log_uniform(50.0, 1000.0), low=1, high=1e9, unit="photons", doc="mean count at full range"
    )

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        return kernels.shot.shot_noise(
            image,
            params["photons"],
            params["seed"],
            color_channels=color_channels(image, alpha),
        )
