"""augkit: augmentation of images, text and audio, with the labels that belong to them.

>>> import augkit
>>> pipeline = augkit.Compose([augkit.image.HorizontalFlip(p=0.5)], seed=7)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from augkit import audio as audio
    from augkit import image as image
    from augkit import text as text
    from augkit.core.combinators import OneOf, RandomOrder, SomeOf
    from augkit.core.compose import Compose
    from augkit.core.distributions import Number, beta, choice, log_uniform, normal, uniform
    from augkit.core.errors import AugkitError, ReplayError, SpecError
    from augkit.core.fields import option, parameter
    from augkit.core.partners import PartnerList, Partners
    from augkit.core.recipe import Recipe
    from augkit.core.spec import load, schema
    from augkit.core.transform import Params, Transform

__version__ = "0.1.0"

__all__ = [
    "AugkitError",
    "Compose",
    "Number",
    "OneOf",
    "Params",
    "PartnerList",
    "Partners",
    "RandomOrder",
    "Recipe",
    "ReplayError",
    "SomeOf",
    "SpecError",
    "Transform",
    "audio",
    "beta",
    "choice",
    "image",
    "load",
    "log_uniform",
    "normal",
    "option",
    "parameter",
    "schema",
    "text",
    "uniform",
]

# Nothing is imported before it is used: `import augkit` costs a few milliseconds.
_HOMES = {
    "combinators": ("OneOf", "RandomOrder", "SomeOf"),
    "compose": ("Compose",),
    "distributions": ("Number", "beta", "choice", "log_uniform", "normal", "uniform"),
    "errors": ("AugkitError", "ReplayError", "SpecError"),
    "fields": ("option", "parameter"),
    "partners": ("PartnerList", "Partners"),
    "recipe": ("Recipe",),
    "spec": ("load", "schema"),
    "transform": ("Params", "Transform"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in ("audio", "image", "text"):
        return importlib.import_module(f"augkit.{name}")
    if name in _HOME_OF:
        value = getattr(importlib.import_module(f"augkit.core.{_HOME_OF[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'augkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
