"""Pipelines of other libraries as pipelines of this one, with every difference told.

`from_albumentations` and `from_audiomentations` take a pipeline (or, of albumentations, what
``A.to_dict`` and ``A.save`` write, for which it need not be installed) and give an `Imported`: the
pipeline, and of every transform whether it is the same, nearly the same and how, or missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:
    from augkit.adapters.imports.albumentations import from_albumentations as from_albumentations
    from augkit.adapters.imports.albumentations import load_albumentations as load_albumentations
    from augkit.adapters.imports.audiomentations import from_audiomentations as from_audiomentations
    from augkit.adapters.imports.report import Imported as Imported
    from augkit.adapters.imports.report import MissingTransformError as MissingTransformError
    from augkit.adapters.imports.report import Step as Step

_HOMES = {
    "albumentations": ("from_albumentations", "load_albumentations"),
    "audiomentations": ("from_audiomentations",),
    "report": ("Imported", "MissingTransformError", "Step"),
}

__all__ = [name for names in _HOMES.values() for name in names]

__getattr__, __dir__ = lazily(__name__, _HOMES)
