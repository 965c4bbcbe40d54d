"""Policies: a few operations drawn from a fixed set, with a common strength.

`RandAugment` and `TrivialAugment` leave only the concrete transforms in the recipe, so what they
chose is fused with its neighbours like anything else. `AugMix` blends whole chains, and is one
step whose params hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from augkit.core.distributions import Number, resolve
from augkit.core.drawing import Drawing
from augkit.core.elementary import cos_sin
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.recipe import steps_from_dicts, steps_to_dicts
from augkit.core.transform import Params, Step, Transform
from augkit.image.base import Fill, ImageTransform
from augkit.image.blur import Sharpen
from augkit.image.color import Brightness, Contrast, Posterize, Saturation, Solarize
from augkit.image.sample import ImageSample, Pixels, Shadow
from augkit.image.tone import AutoContrast, Equalize
from augkit.image.warps import Rotate, Shear, Translate

__all__ = ["AugMix", "RandAugment", "TrivialAugment"]


# -- operations --------------------------------------------------------------------------------

# What an operation does at a strength in [0, 1] (or [-1, 1] where it has two senses): the params
# of its transform.
Operation = tuple[type[Transform] | None, Callable[[float], Params]]


def _factor(highest: float) -> Callable[[float], Params]:
    return lambda strength: {"factor": 1.0 + highest * strength}


def _shear(axis: str, slope: float) -> Callable[[float], Params]:
    def params(strength: float) -> Params:
        return {"shear": {"x": 0.0, "y": 0.0, axis: _degrees_of(slope * strength)}}

    return params


def _shift(axis: str, part: float) -> Callable[[float], Params]:
    return lambda strength: {"translate": {"x": 0.0, "y": 0.0, axis: part * strength}}


def _shift_pixels(axis: str, pixels: float) -> Callable[[float], Params]:
    def params(strength: float) -> Params:
        return {"pixels": {"x": 0.0, "y": 0.0, axis: float(round(pixels * strength))}}

    return params


@lru_cache(maxsize=1024)
def _degrees_of(slope: float) -> float:
    """The angle whose tangent is ``slope``, by Newton's method (the C library's differs)."""
    degrees = 0.0
    for _ in range(12):
        cosine, sine = cos_sin(degrees)
        degrees -= (sine / cosine - slope) * cosine * cosine * 57.29577951308232
    return degrees


def _posterize(most: float) -> Callable[[float], Params]:
    return lambda strength: {"bits": 8 - round(most * strength)}


_AXES = (("ShearX", "x"), ("ShearY", "y"))
_EVEN: dict[str, Operation] = {
    "AutoContrast": (AutoContrast, lambda strength: {"cutoff": 0.0}),
    "Equalize": (Equalize, lambda strength: {}),
}
_SOLARIZE: Operation = (Solarize, lambda strength: {"threshold": 1.0 - strength})


def _space(
    *,
    slope: float,
    degrees: float,
    factor: float,
    posterized: float,
    shift_x: Callable[[float], Params],
    shift_y: Callable[[float], Params],
) -> dict[str, Operation]:
    """The fourteen operations of RandAugment's paper (table 6), in torchvision's order."""
    return {
        "Identity": (None, lambda strength: {}),
        "ShearX": (Shear, _shear("x", slope)),
        "ShearY": (Shear, _shear("y", slope)),
        "TranslateX": (Translate, shift_x),
        "TranslateY": (Translate, shift_y),
        "Rotate": (Rotate, lambda strength: {"degrees": degrees * strength}),
        "Brightness": (Brightness, _factor(factor)),
        "Color": (Saturation, _factor(factor)),
        "Contrast": (Contrast, _factor(factor)),
        "Sharpness": (Sharpen, _factor(factor)),
        "Posterize": (Posterize, _posterize(posterized)),
        "Solarize": _SOLARIZE,
        **_EVEN,
    }


_ONE_SENSE = frozenset({"Identity", "Posterize", "Solarize", "AutoContrast", "Equalize"})
_GEOMETRY = frozenset({"ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate"})
_ENHANCING = ("Brightness", "Color", "Contrast", "Sharpness")

_RAND = _space(
    slope=0.3,
    degrees=30.0,
    factor=0.9,
    posterized=4.0,
    shift_x=_shift("x", 150.0 / 331.0),
    shift_y=_shift("y", 150.0 / 331.0),
)
_WIDE = _space(
    slope=0.99,
    degrees=135.0,
    factor=0.99,
    posterized=6.0,
    shift_x=_shift_pixels("x", 32.0),
    shift_y=_shift_pixels("y", 32.0),
)
_BINS = 30  # the highest magnitude: 31 levels, 0 to 30


@dataclass(frozen=True)
class _Policy(ImageTransform):
    """Base of policies: makes concrete steps of a set of operations."""

    geometry: bool = option(
        True, choices=(False, True), doc="whether operations that move pixels take part"
    )
    fill: Fill = option(
        0,
        schema={"type": ["number", "array"], "items": {"type": "number"}},
        doc="value beyond the image, in the image's own units; one number, or one per channel",
    )
    mask_fill: Fill = option(
        0,
        schema={"type": ["number", "array"], "items": {"type": "number"}},
        doc="the fill of masks",
    )
    interpolation: str = option(
        "linear", choices=("nearest", "linear", "cubic"), doc="how image pixels are interpolated"
    )

    def _space(self) -> dict[str, Operation]:
        raise NotImplementedError

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name in self._space() if self.geometry or name not in _GEOMETRY)

    @cached_property
    def _colorless(self) -> tuple[str, ...]:
        """For images whose channels are not colors."""
        return tuple(name for name in self._names if name != "Color")

    @cached_property
    def _transforms(self) -> dict[str, Transform | None]:
        """One instance of each transform serves all draws: the numbers are in the params."""
        warping: dict[str, Any] = {
            "fill": self.fill,
            "mask_fill": self.mask_fill,
            "interpolation": self.interpolation,
        }
        return {
            name: None if cls is None else cls(**(warping if name in _GEOMETRY else {}))
            for name, (cls, _) in self._space().items()
        }

    def _candidates(self, shadow: Shadow) -> tuple[str, ...]:
        return self._names if shadow.channels - shadow.alpha in (1, 3) else self._colorless

    def _step(self, name: str, strength: float, path: str) -> Step | None:
        transform = self._transforms[name]
        if transform is None:
            return None
        params = self._space()[name][1](strength)
        return Step(transform, f"{path}/{name}", params)

    def __getstate__(self) -> dict[str, Any]:
        kept = ("_names", "_colorless", "_transforms")
        return {name: value for name, value in super().__getstate__().items() if name not in kept}


@dataclass(frozen=True)
class RandAugment(_Policy):
    """Apply ``n`` operations of a common magnitude (Cubuk et al., "RandAugment", 2020).

    The fourteen operations and their ranges are those of torchvision: identity, shear (slope up to
    0.3), translate (up to 0.45 of the size) along x or y, rotate (30 degrees), brightness, color,
    contrast and sharpness (factor 1 +- 0.9), posterize (down to 4 bits), solarize, autocontrast,
    equalize; drawn with replacement, in either sense with equal probability.

    Args:
        n: how many operations are drawn (default 2).
        magnitude: within [0, 30]; each operation draws for itself (default 9).
        geometry: whether operations that move pixels take part (default True).
        fill, mask_fill, interpolation: of what moves; see `Affine`.

    >>> import numpy as np
    >>> from augkit import Compose
    >>> pipeline = Compose([RandAugment(n=3, magnitude=5)], seed=4)
    >>> len(pipeline.draw(np.zeros((8, 8, 3), np.uint8)).steps)
    3
    """

    n: int = option(2, schema={"type": "integer", "minimum": 0}, doc="how many operations")
    magnitude: Number = parameter(
        9, low=0, high=_BINS, unit="of 30", doc="how far each operation goes"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.n) is not int or self.n < 0:
            raise ValueError(f"RandAugment.n must be a whole number of at least 0, got {self.n!r}")

    def _space(self) -> dict[str, Operation]:
        return _RAND

    def walk(self, drawing: Drawing, path: str) -> None:
        stream = drawing.stream(path)
        if not self.fires(stream):
            return
        names = self._candidates(drawing.shadow)
        for position in range(self.n):
            chosen, sense = stream.words(f"operation.{position}", 2)[:2]
            strength = resolve(stream, f"magnitude.{position}", self.magnitude) / _BINS
            _add(self, drawing, path, names, chosen, sense, strength)


def _add(
    policy: _Policy,
    drawing: Drawing,
    path: str,
    names: Sequence[str],
    chosen: int,
    sense: int,
    strength: float,
) -> None:
    name = names[chosen * len(names) >> 64]
    if sense >> 63 and name not in _ONE_SENSE:
        strength = -strength
    step = policy._step(name, strength, path)
    if step is not None:
        drawing.add(*step[:3])


@dataclass(frozen=True)
class TrivialAugment(_Policy):
    """Apply one operation of random magnitude (Müller and Hutter, "TrivialAugment", ICCV 2021).

    The operations of `RandAugment` over the wide ranges: shear up to a slope of 0.99, translate up
    to 32 pixels, rotate up to 135 degrees, factors 1 +- 0.99, posterize down to 2 bits; one of 31
    magnitudes, each equally likely.

    Args:
        geometry: whether operations that move pixels take part (default True).
        fill, mask_fill, interpolation: of what moves; see `Affine`.

    >>> import numpy as np
    >>> from augkit import Compose
    >>> len(Compose([TrivialAugment()], seed=1).draw(np.zeros((8, 8, 3), np.uint8)).steps)
    1
    """

    def _space(self) -> dict[str, Operation]:
        return _WIDE

    def walk(self, drawing: Drawing, path: str) -> None:
        stream = drawing.stream(path)
        if not self.fires(stream):
            return
        chosen, sense = stream.words("operation", 2)[:2]
        strength = stream.integer("magnitude", 0, _BINS) / _BINS
        names = self._candidates(drawing.shadow)
        _add(self, drawing, path, names, chosen, sense, strength)


# -- AugMix ------------------------------------------------------------------------------------

_CHAINED: dict[str, Operation] = {
    **_EVEN,
    # Down to no bit at all in the paper's code, which is a black image: one bit is kept here.
    "Posterize": (Posterize, lambda strength: {"bits": max(1, 4 - int(4.0 * strength))}),
    "Rotate": (Rotate, lambda strength: {"degrees": 30.0 * strength}),
    "Solarize": _SOLARIZE,
    "ShearX": (Shear, _shear("x", 0.3)),
    "ShearY": (Shear, _shear("y", 0.3)),
    "TranslateX": (Translate, _shift("x", 1 / 3)),
    "TranslateY": (Translate, _shift("y", 1 / 3)),
}
_CHAINED_ALL: dict[str, Operation] = {
    **_CHAINED,
    **{name: _RAND[name] for name in _ENHANCING},
}


@dataclass(frozen=True)
class AugMix(_Policy):
    """Blend the image with random chains of operations (Hendrycks et al., "AugMix", ICLR 2020).

    ``width`` chains of 1 to 3 operations each are blended in Dirichlet(alpha) shares, and the
    blend with the image itself in Beta(alpha, alpha) shares. The operations do not overlap with
    those of the ImageNet-C benchmark unless ``all_ops`` is set. All of it is rounded once.

    A blend of moved copies has no place for labels: with masks, boxes, polygons or keypoints,
    set ``geometry=False``.

    Args:
        severity: the highest strength of an operation, within [1, 10]; each draws its own in
            [0.1, severity] (default 3).
        width: how many chains (default 3).
        depth: operations per chain; -1 draws 1 to 3 for each (default -1).
        alpha: of the Dirichlet and beta distributions, above 0 (default 1).
        all_ops: also brightness, color, contrast and sharpness (default False).
        geometry: whether operations that move pixels take part (default True).
        fill, mask_fill, interpolation: of what moves; see `Affine`.

    >>> import numpy as np
    >>> AugMix(severity=1)(np.zeros((8, 8, 3), np.uint8)).shape
    (8, 8, 3)
    """

    severity: float = option(
        3, schema={"type": "number", "minimum": 1, "maximum": 10}, doc="the highest strength"
    )
    width: int = option(3, schema={"type": "integer", "minimum": 1}, doc="how many chains")
    depth: int = option(
        -1, schema={"type": "integer", "minimum": -1}, doc="operations per chain; -1: 1 to 3"
    )
    alpha: float = option(
        1.0, schema={"type": "number", "exclusiveMinimum": 0}, doc="how even the shares are"
    )
    all_ops: bool = option(
        False, choices=(False, True), doc="brightness, color, contrast, sharpness as well"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _is_number(self.severity) or not 1 <= self.severity <= 10:
            raise ValueError(f"AugMix.severity must be within [1, 10], got {self.severity!r}")
        if type(self.width) is not int or not 1 <= self.width <= 60:
            raise ValueError(
                f"AugMix.width must be a whole number within [1, 60], got {self.width!r}"
            )
        if type(self.depth) is not int or (self.depth < 1 and self.depth != -1):
            raise ValueError(f"AugMix.depth must be -1 or at least 1, got {self.depth!r}")
        if not _is_number(self.alpha) or not 0 < self.alpha < float("inf"):
            raise ValueError(f"AugMix.alpha must be finite and above 0, got {self.alpha!r}")

    def _space(self) -> dict[str, Operation]:
        return _CHAINED_ALL if self.all_ops else _CHAINED

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        if self.geometry and shadow.labelled:
            raise ValueError(_MOVED)
        names = self._candidates(shadow)
        chains = []
        for chain in range(self.width):
            depth = self.depth if self.depth > 0 else stream.integer(f"depth.{chain}", 1, 3)
            steps = []
            for position in range(depth):
                chosen, sense = stream.words(f"operation.{chain}.{position}", 2)[:2]
                level = stream.uniform(f"level.{chain}.{position}", 0.1, self.severity)
                name = names[chosen * len(names) >> 64]
                strength = level / 10.0
                if sense >> 63 and name not in _ONE_SENSE:
                    strength = -strength
                step = self._step(name, strength, "AugMix")
                if step is not None:
                    steps.append(step)
            chains.append(steps_to_dicts(steps))
        blended = stream.beta("weight", self.alpha, self.alpha)
        shares = stream.dirichlet("shares", [self.alpha] * self.width)
        weights = [1.0 - blended, *(blended * share for share in shares)]
        return {"weights": weights, "chains": chains}

    def apply(self, sample: ImageSample, params: Params) -> ImageSample:
        from augkit.image.kernels.blend import weighted_sum
        from augkit.image.plan import execute

        chains = [steps_from_dicts(entries, "image") for entries in params["chains"]]
        if sample.annotations is not None or sample.masks or sample.maps:
            moves = any(step.id.rpartition("/")[2] in _GEOMETRY for one in chains for step in one)
            if moves:
                raise ValueError(_MOVED)
        weights = params["weights"]
        copies = [sample, *(execute(sample, chain, fuse=True) for chain in chains)]

        def blended(pixels: Sequence[Pixels]) -> Pixels:
            return weighted_sum(pixels, weights)

        images = {name: blended([copy.images[name] for copy in copies]) for name in sample.images}
        return sample.replaced(image=blended([copy.image for copy in copies]), images=images)


_MOVED = (
    "AugMix blends copies that are moved in different ways: masks, boxes, polygons, keypoints and "
    "maps cannot follow; set geometry=False"
)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
