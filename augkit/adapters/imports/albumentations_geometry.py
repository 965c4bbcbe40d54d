"""Transforms of albumentations that move pixels, and what does the same here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from augkit import image
from augkit.adapters.imports.given import Given, Mapper, Value, high, low, mapped, span
from augkit.core.transform import Node

__all__ = ["GEOMETRY", "fill_of"]

# As OpenCV numbers them.
_INTERPOLATIONS = {0: "nearest", 1: "linear", 2: "cubic", 3: "linear", 5: "linear", 6: "nearest"}
_LANCZOS = 4
_BORDERS = {0: "constant", 1: "replicate", 2: "reflect", 3: "wrap", 4: "reflect101"}

ANTIALIASED = "where it shrinks, the result is antialiased; OpenCV's skips pixels (and its INTER_AREA averages)"


def fill_of(value: Any) -> Any:
    """A fill as it is written here: one number, or one per channel."""
    if isinstance(value, list | tuple):
        return tuple(float(one) for one in value)
    number = float(value)
    return int(number) if number.is_integer() else number


def _interpolation(given: Given) -> dict[str, Any]:
    options: dict[str, Any] = {}
    code = given.take("interpolation", 1)
    if code == _LANCZOS:
        given.note("interpolation is cubic, not Lanczos")
    options["interpolation"] = _INTERPOLATIONS.get(code, "cubic")
    of_masks = given.take("mask_interpolation", 0)
    if _INTERPOLATIONS.get(of_masks, "cubic") == "cubic":
        given.note("masks are interpolated linearly, not by cubics")
    is_nearest = _INTERPOLATIONS.get(of_masks) == "nearest"
    options["mask_interpolation"] = "nearest" if is_nearest else "linear"
    return options


def _border(given: Given) -> dict[str, Any]:
    mask_fill = fill_of(given.take("fill_mask", 0))
    if isinstance(mask_fill, tuple):
        given.refuse("fill_mask per channel")
    border = _BORDERS[given.take("border_mode", 0)]
    fill = fill_of(given.take("fill", 0))
    if border != "constant":
        return {"border": border}
    return {"border": border, "fill": fill, "mask_fill": mask_fill}


def _warp(given: Given) -> dict[str, Any]:
    if given.take("rotate_method", "largest_box") != "largest_box":
        given.note("boxes become the smallest around their corners, not around an ellipse")
    return {**_interpolation(given), **_border(given)}


def _rotate(given: Given) -> Sequence[Node]:
    given.only("crop_border", False, because="the result is never cut to what has no border")
    return [image.Rotate(degrees=given.span("limit", (-90, 90)), **_warp(given))]


def _axes(value: Any) -> dict[str, Value]:
    """Per axis, as it was given: ``None`` and one number or pair count for both."""
    if isinstance(value, dict):
        return {axis: span(value.get(axis, 0)) for axis in ("x", "y")}
    return {"x": span(value), "y": span(value)}


def _is_neutral(values: dict[str, Value], neutral: float) -> bool:
    return all(value == neutral for value in values.values())


def _affine(given: Given) -> Sequence[Node]:
    """Scaled, turned, sheared, shifted: as steps that become one matrix again."""
    options = _warp(given)
    scale, shear = _axes(given.take("scale", 1)), _axes(given.take("shear", 0))
    degrees = given.span("rotate", 0)
    keeps_ratio = given.take("keep_ratio", False)
    if given.take("balanced_scale", False):
        given.note("scale is uniform in its range, not balanced between smaller and larger")
    if min(map(low, scale.values())) < 1:
        given.note(ANTIALIASED)
    expand = given.take("fit_output", False)
    if expand and not (_is_neutral(scale, 1) and _is_neutral(shear, 0)):
        given.refuse("fit_output=True with scale or shear")
    if expand:
        given.note("the size that holds all of it may differ by a pixel")
    nodes: list[Node] = []
    if not _is_neutral(scale, 1) or degrees != 0:
        both: Any = scale["x"] if keeps_ratio or _is_fixed(scale) else scale
        nodes.append(image.Affine(degrees=degrees, scale=both, expand=expand, **options))
    if not _is_neutral(shear, 0):
        if 0 not in shear.values():
            given.note("sheared along x first and then along y, not along both at once")
        leaning: Any = {axis: mapped(value, lambda angle: -angle) for axis, value in shear.items()}
        nodes.append(image.Shear(shear=leaning, **options))
    nodes += _shift(given, options)
    return nodes or [image.Affine(**options)]


def _is_fixed(values: dict[str, Value]) -> bool:
    """Whether both axes have the same number."""
    return values["x"] == values["y"] and not isinstance(values["x"], tuple)


def _shift(given: Given, options: dict[str, Any]) -> list[Node]:
    pixels, percent = given.take("translate_px"), given.take("translate_percent")
    if percent is not None:
        fraction = _axes(percent)
        if not _is_neutral(fraction, 0):
            return [image.Translate(translate=fraction, **options)]
    elif pixels is not None:
        shift = _axes(pixels)
        if not _is_neutral(shift, 0):
            return [image.Translate(pixels=shift, **options)]
    return []


def _shift_scale_rotate(given: Given) -> Sequence[Node]:
    options = _warp(given)
    scale = mapped(given.span("scale_limit", (-0.1, 0.1)), lambda limit: 1 + limit)
    shift = {axis: given.span(f"shift_limit_{axis}", (-0.0625, 0.0625)) for axis in ("x", "y")}
    degrees = given.span("rotate_limit", (-45, 45))
    if low(scale) < 1:
        given.note(ANTIALIASED)
    # Its parent, Affine, draws the scale of each axis by itself.
    both: Any = {"x": scale, "y": scale} if isinstance(scale, tuple) else scale
    return [image.Affine(degrees=degrees, scale=both, translate=shift, **options)]


def _size(given: Given) -> tuple[int, int]:
    return int(given.take("height")), int(given.take("width"))


def _resize(given: Given) -> Sequence[Node]:
    given.note(ANTIALIASED)
    given.take("area_for_downscale")
    return [image.Resize(size=_size(given), **_interpolation(given))]


def _to_side(fit: str) -> Mapper:
    """One side, the longest or the shortest, to a length; the aspect is kept."""

    def resized(given: Given) -> Sequence[Node]:
        sides = given.take("max_size_hw")
        length = given.take("max_size")
        if isinstance(length, list | tuple):
            given.refuse("max_size of several, of which one is drawn")
        if sides is not None and None in sides:
            given.refuse("max_size_hw of one side alone")
        given.note(ANTIALIASED)
        given.take("area_for_downscale")
        size = int(length) if sides is None else (int(sides[0]), int(sides[1]))
        return [image.Resize(size=size, fit=fit, **_interpolation(given))]

    return resized


def _crop(kind: type[image.RandomCrop] | type[image.CenterCrop]) -> Mapper:
    def crop(given: Given) -> Sequence[Node]:
        pads = given.take("pad_if_needed", False)
        options = _border(given)
        if pads and options["border"] != "constant":
            given.refuse(f"pad_if_needed with the border {options['border']!r}")
        if given.take("pad_position", "center") != "center" and pads:
            given.note("an image that is too small is padded evenly, not at one side")
        options.pop("border")
        return [kind(size=_size(given), **(options if pads else {}))]

    return crop


def _resized_crop(given: Given) -> Sequence[Node]:
    given.note(ANTIALIASED)
    given.take("area_for_downscale")
    height, width = given.take("size")
    return [
        image.RandomResizedCrop(
            size=(int(height), int(width)),
            scale=tuple(given.take("scale", (0.08, 1.0))),
            ratio=tuple(given.take("ratio", (0.75, 4 / 3))),
            **_interpolation(given),
        )
    ]


def _pad_if_needed(given: Given) -> Sequence[Node]:
    for name in ("pad_height_divisor", "pad_width_divisor"):
        given.only(name, None, because="sizes are told, not what they are divisible by")
    given.only("position", "center", because="padding is even at both sides")
    given.take("padding")  # of its parent; never used
    size = int(given.take("min_height", 1024)), int(given.take("min_width", 1024))
    return [image.Pad(size=size, **_border(given))]


def _pad(given: Given) -> Sequence[Node]:
    padding = given.take("padding", 0)
    options = _border(given)
    if isinstance(padding, list | tuple):
        if len(padding) == 2:  # (horizontal, vertical) there, (vertical, horizontal) here
            return [image.Pad(pixels=(int(padding[1]), int(padding[0])), **options)]
        left, top, right, bottom = map(int, padding)
        return [image.Pad(pixels=(top, right, bottom, left), **options)]
    return [image.Pad(pixels=int(padding), **options)]


def _crop_and_pad(given: Given) -> Sequence[Node]:
    given.only("px", None, because="fractions of the size are known, pixels are not")
    percent = given.take("percent")
    if isinstance(percent, list | tuple) and len(percent) != 2:
        given.refuse("percent by side")
    if not given.take("sample_independently", True):
        given.note("each side draws for itself, not one number for all")
    options = {**_interpolation(given), **_border(given)}
    if given.take("keep_size", True):
        given.note(ANTIALIASED)
        return [image.CropAndPad(fraction=span(percent), **options)]
    return [image.CropAndPad(fraction=span(percent), keep_size=False, **options)]


def _perspective(given: Given) -> Sequence[Node]:
    given.only("keep_size", True, because="the size is kept")
    given.only("fit_output", False, because="the size is kept")
    scale = given.span("scale", (0.05, 0.1))
    given.note(
        "corners go uniformly up to scale to both sides; there they go inwards, by the amount of a "
        "normal variable, so that it also zooms in"
    )
    return [image.Perspective(scale=scale, **_warp(given))]


def _mosaic(given: Given) -> Sequence[Node]:
    given.only("grid_yx", (2, 2), [2, 2], because="four images")
    given.only("fit_mode", "cover", because="images cover their part")
    given.take("metadata_key")
    for name in ("cell_shape", "fill", "fill_mask", "interpolation", "mask_interpolation"):
        given.take(name)
    given.note("the other images are given as partners=, or are those of the folder")
    height, width = given.take("target_size", (512, 512))
    center = given.span("center_range", (0.3, 0.7))
    return [image.Mosaic(size=(int(height), int(width)), center=center)]


def _symmetries(given: Given) -> Sequence[Node]:
    """The eight of a square: four turns, mirrored or not."""
    return [image.Rotate90(turns=(0, 3)), image.Transpose(p=0.5)]


def _turn(given: Given) -> Sequence[Node]:
    return [image.Rotate90(turns=(0, 3))]


def _dropout(given: Given) -> Sequence[Node]:
    height, width = given.span("hole_height_range", (0.1, 0.2)), given.span("hole_width_range", 0.1)
    if high(height) >= 1 or high(width) >= 1:
        given.refuse("holes in pixels; say fractions of the size")
    fill, mask_fill = given.take("fill", 0), given.take("fill_mask")
    if isinstance(fill, str):
        if fill != "random":
            given.refuse(f"fill={fill!r}; a color or random noise are known")
        fill = "noise"
    return [
        image.CoarseDropout(
            holes=given.span("num_holes_range", (1, 2)),
            height=height,
            width=width,
            fill=fill if fill == "noise" else fill_of(fill),
            mask_fill=None if mask_fill is None else fill_of(mask_fill),
        )
    ]


GEOMETRY: dict[str, Mapper] = {
    "Affine": _affine,
    "CenterCrop": _crop(image.CenterCrop),
    "CoarseDropout": _dropout,
    "CropAndPad": _crop_and_pad,
    "D4": _symmetries,
    "HorizontalFlip": lambda given: [image.HorizontalFlip()],
    "LongestMaxSize": _to_side("inside"),
    "Mosaic": _mosaic,
    "NoOp": lambda given: [],
    "Pad": _pad,
    "PadIfNeeded": _pad_if_needed,
    "Perspective": _perspective,
    "RandomCrop": _crop(image.RandomCrop),
    "RandomResizedCrop": _resized_crop,
    "RandomRotate90": _turn,
    "Resize": _resize,
    "Rotate": _rotate,
    "ShiftScaleRotate": _shift_scale_rotate,
    "SmallestMaxSize": _to_side("cover"),
    "SquareSymmetry": _symmetries,
    "Transpose": lambda given: [image.Transpose()],
    "VerticalFlip": lambda given: [image.VerticalFlip()],
}
"""By class name."""
