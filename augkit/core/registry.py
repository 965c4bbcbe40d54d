"""From names to transforms and back.

Built-in transforms go by their class name within a modality and are imported when they are asked
for; anything else goes by ``module:Class``.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from augkit.core.modality import Modality
    from augkit.core.transform import Node

__all__ = [
    "COMBINATORS",
    "MODALITIES",
    "available",
    "did_you_mean",
    "elsewhere",
    "find",
    "modality",
    "name_of",
    "names",
]

MODALITIES = {"image": "augkit.image", "text": "augkit.text", "audio": "augkit.audio"}
COMBINATORS = {
    "Compose": "augkit.core.compose",
    "OneOf": "augkit.core.combinators",
    "SomeOf": "augkit.core.combinators",
    "RandomOrder": "augkit.core.combinators",
}


def did_you_mean(name: str, known: Any) -> str:
    """A closing remark for an error about an unknown name; empty if nothing is near."""
    near = difflib.get_close_matches(str(name), [str(item) for item in known], n=1, cutoff=0.6)
    if not near:
        lowered = {str(item).lower(): str(item) for item in known}
        near = difflib.get_close_matches(str(name).lower(), lowered, n=1, cutoff=0.6)
        near = [lowered[item] for item in near]
    return f" (did you mean {near[0]!r}?)" if near else ""


def elsewhere(name: str) -> str:
    """A closing remark for an error about a name that has another place, or another library's.

    Empty where nothing is known of it.
    """
    for modality in available():
        if name in _package(modality).TRANSFORMS:
            return f"; augkit.{modality} has {name}"
    for modality in available():
        if name in (known := _package(modality).ELSEWHERE):
            return f"; augkit.{modality} has {known[name]} instead"
    return ""


def _package(modality: str) -> Any:
    if modality not in MODALITIES:
        raise ValueError(
            f"modality must be one of {', '.join(MODALITIES)}, got {modality!r}"
            + did_you_mean(modality, MODALITIES)
        )
    try:
        return importlib.import_module(MODALITIES[modality])
    except ModuleNotFoundError as error:
        if error.name != MODALITIES[modality]:
            raise
        raise ValueError(f"modality {modality!r} is not part of this version of augkit") from None


def modality(name: str) -> Modality:
    """The modality's side of the protocol."""
    found: Modality = _package(name).MODALITY
    return found


def available() -> list[str]:
    """The modalities there are."""
    return [name for name, package in MODALITIES.items() if importlib.util.find_spec(package)]


def names(modality: str) -> list[str]:
    """The built-in transforms of a modality, in alphabetical order."""
    return sorted(_package(modality).TRANSFORMS)


def find(name: str, modality: str) -> type[Node]:
    """The class that ``name`` stands for; ``ValueError`` with a suggestion where there is none."""
    if name in COMBINATORS:
        found: type[Node] = getattr(importlib.import_module(COMBINATORS[name]), name)
        return found
    package = _package(modality)
    if name in package.TRANSFORMS:
        found = getattr(package, name)
        return found
    if ":" in name:
        return _custom(name)
    raise ValueError(
        f"unknown transform {name!r} for {modality}s"
        + (elsewhere(name) or did_you_mean(name, [*package.TRANSFORMS, *COMBINATORS]))
    )


def _custom(name: str) -> type[Node]:
    from augkit.core.transform import Transform

    module_name, _, class_name = name.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
        for part in class_name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"cannot find the transform {name!r}: {error}") from None
    if not (isinstance(found, type) and issubclass(found, Transform)):
        raise ValueError(f"{name!r} is not a Transform")
    return found


def name_of(cls: type[Node]) -> str:
    """The name that `find` gives ``cls`` back for.

    Raises:
        ValueError: the class cannot be found again by name (defined in a function or in a script's
            ``__main__``), so it can be neither saved nor sent to another process.
    """
    if COMBINATORS.get(cls.__name__) == cls.__module__:
        return cls.__name__
    package = MODALITIES.get(cls.modality)
    if (
        package
        and cls.__module__.startswith(package + ".")
        and cls.__name__ in _package(cls.modality).TRANSFORMS
    ):
        return cls.__name__
    if cls.__module__ == "__main__" or "<" in cls.__qualname__:
        raise ValueError(
            f"{cls.__qualname__} in {cls.__module__} has no name that another process could import; "
            "move the class to the top level of a module to save it or send it to workers"
        )
    return f"{cls.__module__}:{cls.__qualname__}"
