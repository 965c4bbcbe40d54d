"""Augmentation of texts, with spans, tags, answers and sentence pairs.

>>> from augkit import Compose, text
>>> pipeline = Compose([text.RandomDeletion(n=1)], seed=7)
>>> pipeline("See https://example.com/a?b=c, it is worth it.", key="a")
'See https://example.com/a?b=c, it is worth.'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that editors and type checkers see what is imported on use
    from augkit.text.base import TextTransform as TextTransform
    from augkit.text.base import WordTransform as WordTransform
    from augkit.text.deletion import RandomDeletion as RandomDeletion
    from augkit.text.offsets import OffsetMap as OffsetMap

# Where each transform lives; a new one is one class and one name here.
_HOMES = {
    "deletion": ("RandomDeletion",),
}
TRANSFORMS = tuple(sorted(name for names in _HOMES.values() for name in names))
"""The names of all text transforms: the registry that specs, tests and `augkit ops` read."""

_BASES = ("TextTransform", "WordTransform")
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_HOME_OF.update(dict.fromkeys(_BASES, "base"))
_HOME_OF["OffsetMap"] = "offsets"

__all__ = [*TRANSFORMS, *_BASES, "OffsetMap"]


def __getattr__(name: str) -> Any:
    if name == "MODALITY":
        value: Any = importlib.import_module("augkit.text.modality").TextModality()
    elif name in _HOME_OF:
        value = getattr(importlib.import_module(f"augkit.text.{_HOME_OF[name]}"), name)
    else:
        raise AttributeError(f"module 'augkit.text' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
