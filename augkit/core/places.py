"""Files and folders that transforms take from: where they stand in specs, and as seen from where.

A transform says of an option that it is one (``schema={"format": "path"}``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

from augkit.core import registry
from augkit.core.fields import options_of

__all__ = ["contents", "described", "placed", "placed_recipe", "places_of"]


def places_of(cls: type) -> list[str]:
    """The names of the options of a transform that are places."""
    if not is_dataclass(cls):
        return []
    return [name for name, known in options_of(cls).items() if known.schema.get("format") == "path"]


def placed(spec: Mapping[str, Any], place: Callable[[str], str]) -> dict[str, Any]:
    """The spec of a pipeline with all places in it changed; what is no valid step stays.

    >>> spec = {"modality": "audio", "pipeline": [{"BackgroundNoise": {"folder": "rain"}}]}
    >>> placed(spec, lambda path: "../" + path)["pipeline"]
    [{'BackgroundNoise': {'folder': '../rain'}}]
    """
    if "pipeline" not in spec:
        return dict(spec)
    modality = str(spec.get("modality", ""))
    return {**spec, "pipeline": _steps(spec["pipeline"], modality, place)}


def _steps(steps: Any, modality: str, place: Callable[[str], str]) -> Any:
    if not isinstance(steps, list | tuple):
        return steps
    return [_step(step, modality, place) for step in steps]


def _step(step: Any, modality: str, place: Callable[[str], str]) -> Any:
    if not isinstance(step, Mapping) or len(step) != 1:
        return step
    ((name, inner),) = step.items()
    if isinstance(inner, list | tuple):
        return {name: _steps(inner, modality, place)}
    if not isinstance(inner, Mapping):
        return step
    changed = dict(inner)
    if "transforms" in changed:
        changed["transforms"] = _steps(changed["transforms"], modality, place)
    try:
        known = places_of(registry.find(name, modality))
    except ValueError:  # told where the pipeline is made
        known = []
    for option in known:
        if isinstance(changed.get(option), str):
            changed[option] = place(changed[option])
    return {name: changed}


def placed_recipe(recipe: Mapping[str, Any], place: Callable[[str], str]) -> dict[str, Any]:
    """A recipe as JSON with all places in it changed, also in the steps of partners.

    >>> step = {"op": "BackgroundNoise", "id": "a", "params": {}, "options": {"folder": "/rain"}}
    >>> changed = placed_recipe({"modality": "audio", "steps": [step]}, lambda path: ".." + path)
    >>> changed["steps"][0]["options"]
    {'folder': '../rain'}
    """
    return _walked(recipe, str(recipe["modality"]), place)  # type: ignore[no-any-return]


def _walked(value: Any, modality: str, place: Callable[[str], str]) -> Any:
    if isinstance(value, list | tuple):
        return [_walked(item, modality, place) for item in value]
    if not isinstance(value, Mapping):
        return value
    changed = {name: _walked(item, modality, place) for name, item in value.items()}
    if "op" in changed and "options" in changed:
        options = changed["options"]
        for name in places_of(registry.find(changed["op"], modality)):
            if name in options:
                options[name] = place(options[name])
    return changed


def described(path: str) -> str:
    """A folder or file by its name and what is in it, which does not change where it is moved."""
    return f"{os.path.basename(os.path.realpath(path))}#{contents(path)[:16]}"


def contents(path: str) -> str:
    """A hash of which files there are in a folder and below, by name and size; or of one file."""
    digest = hashlib.sha256()
    for name, size in sorted(_files(path)):
        digest.update(f"{name}\0{size}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _files(path: str) -> Iterator[tuple[str, int]]:
    if os.path.isfile(path):
        yield os.path.basename(path), os.path.getsize(path)
        return
    for folder, _, names in os.walk(path):
        for name in names:
            if not name.startswith("."):
                file = os.path.join(folder, name)
                yield os.path.relpath(file, path).replace(os.sep, "/"), os.path.getsize(file)
