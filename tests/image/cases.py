"""One or more settings of every image transform: what the registry-wide tests run.

A transform that is registered and not listed here is tested with its defaults; so a new one is
covered by being registered.
"""

from __future__ import annotations

from typing import Any

from augkit import image
from augkit.core.fields import parameters_of
from augkit.core.transform import Node

# Settings that the defaults do not reach.
MORE: dict[str, list[dict[str, Any]]] = {
    "Affine": [
        {"degrees": (-180, 180), "scale": (0.5, 2), "shear": (-20, 20), "translate": (-0.2, 0.2)},
        {"degrees": 30, "scale": {"x": 0.5, "y": 1.5}, "expand": True},
        {"degrees": 30, "border": "reflect101"},
    ],
    "CenterCrop": [{"size": (17, 9)}, {"size": (80, 90), "fill": 7}],
    "CropAndPad": [{"fraction": (-0.3, 0.3)}, {"fraction": (0, 0.3), "border": "reflect"}],
    "ElasticTransform": [{"displacement": 0.05, "cells": 4}],
    "Pad": [{"pixels": (1, 2, 3, 4), "fill": 9}, {"size": (70, 70), "border": "wrap"}],
    "Perspective": [{"scale": 0.2}],
    "RandomCrop": [{"size": (20, 30)}, {"size": (50, 100)}],
    "RandomResizedCrop": [{"size": (24, 32), "scale": (0.2, 0.9)}],
    "Resize": [
        {"size": (20, 31)},
        {"size": (90, 100), "interpolation": "cubic"},
        {"size": (20, 44), "fit": "inside"},
        {"size": (20, 44), "fit": "cover"},
    ],
    "Rotate": [
        {"degrees": (-180, 180)},
        {"degrees": 90},
        {"degrees": (-90, 90), "expand": True},
        {"degrees": 45, "border": "replicate"},
    ],
    "Shear": [{"shear": {"x": 20, "y": -10}}],
    "Translate": [{"translate": {"x": 0.25, "y": -0.125}}, {"pixels": (-8, 8)}],
    "Zoom": [{"scale": 2.0}, {"scale": 0.4}, {"scale": {"x": 0.7, "y": 1.4}}],
}

# Small sizes for the test pictures, where the default is made for photographs.
_SMALL = {
    "CenterCrop": {"size": (24, 32)},
    "RandomCrop": {"size": (24, 32)},
    "RandomResizedCrop": {"size": (24, 32)},
    "Resize": {"size": (24, 32)},
    "Mosaic": {"size": (40, 48)},
}


def settings_of(name: str) -> list[dict[str, Any]]:
    """All settings of one transform, its defaults first."""
    return [_SMALL.get(name, {}), *MORE.get(name, [])]


def all_cases() -> list[Any]:
    """(class, settings) of every registered transform, as pytest parameters."""
    import pytest

    return [
        pytest.param(getattr(image, name), settings, id=f"{name}-{position}")
        for name in image.TRANSFORMS
        for position, settings in enumerate(settings_of(name))
    ]


def neutral_settings(cls: type[Node], settings: dict[str, Any]) -> dict[str, Any] | None:
    """The settings at which the transform changes nothing; None if there are none."""
    known = parameters_of(cls)
    neutral = {name: item.neutral for name, item in known.items()}
    if not known or any(value is None for value in neutral.values()):
        return None
    kept = {name: value for name, value in settings.items() if name not in known}
    kept.pop("pixels", None)  # Translate's other way to say how far
    return kept | neutral
