"""augkit: augmentation of images, text and audio, with the labels that belong to them.

>>> import augkit
>>> pipeline = augkit.Compose([augkit.image.HorizontalFlip(p=0.5)], seed=7)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

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
    "core.combinators": ("OneOf", "RandomOrder", "SomeOf"),
    "core.compose": ("Compose",),
    "core.distributions": ("Number", "beta", "choice", "log_uniform", "normal", "uniform"),
    "core.errors": ("AugkitError", "ReplayError", "SpecError"),
    "core.fields": ("option", "parameter"),
    "core.partners": ("PartnerList", "Partners"),
    "core.recipe": ("Recipe",),
    "core.spec": ("load", "schema"),
    "core.transform": ("Params", "Transform"),
    "": ("audio", "image", "text"),
}

__getattr__, __dir__ = lazily(__name__, _HOMES, transforms=True)
