"""Parameters to and from safetensors files, so that other programs can read them without pickle."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from augkit.core.errors import AugkitError, MissingPartError
from regtrain.layers.base import Array

if TYPE_CHECKING:
    from regtrain.sequential import Sequential

__all__ = ["WeightsError", "export_weights", "import_weights"]


class WeightsError(AugkitError, ValueError):
    """A file of weights is damaged, or does not fit the model."""

    exit_code = 2


def export_weights(
    model: Sequential, path: str | os.PathLike[str], *, notes: dict[str, str] | None = None
) -> None:
    """Write the parameters and statistics of a model as a safetensors file.

    Names are those of `Sequential.places`, as ``dense1.weight`` (inputs, units) and
    ``batchnorm1.mean``; shapes are regtrain's (see the conventions for PyTorch's). Layers, shape and
    notes stand in the file's metadata. Needs the extra ``[safetensors]``.

    Args:
        model: built.
        path: of the file; replaced at once when it is whole.
        notes: more metadata, texts by name.
    """
    if not model.built:
        raise ValueError("the model has no parameters yet; call fit, load or build first")
    metadata = {
        "format": "regtrain", "model": repr(model), "shape": json.dumps(list(model.shape)),
        **(notes or {}),
    }  # fmt: skip
    arrays = {name: np.ascontiguousarray(view) for name, view in _views(model).items()}
    content = _safetensors().save(arrays, metadata=metadata)
    temporary = f"{os.fspath(path)}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def import_weights(model: Sequential, path: str | os.PathLike[str]) -> None:
    """Take the parameters and statistics in a safetensors file; all of them, or none.

    Args:
        model: built, with layers of the same names and shapes as in the file.
        path: of the file.

    Raises:
        WeightsError: it is damaged, or a name or shape is missing, too much, or another.
    """
    if not model.built:
        raise ValueError("the model has no parameters yet; build it with the shape of one input")
    with open(path, "rb") as file:
        content = file.read()
    try:
        found = _safetensors().load(content)
    except Exception as error:  # the package's own exception, which cannot be named without it
        if isinstance(error, AugkitError):
            raise
        raise WeightsError(
            f"{os.fspath(path)} is damaged or no safetensors file ({error})"
        ) from None
    views = _views(model)
    wrong = [f"{name} is missing" for name in views if name not in found]
    wrong += [f"{name} is not in the model" for name in found if name not in views]
    wrong += [
        f"{name} is {_shape(found[name])}, the model has {_shape(view)}"
        for name, view in views.items()
        if name in found and found[name].shape != view.shape
    ]
    if wrong:
        raise WeightsError(f"{os.fspath(path)} does not fit the model: {'; '.join(wrong)}")
    for name, view in views.items():
        view[...] = found[name]


def _shape(array: Array) -> str:
    return " × ".join(map(str, array.shape))


def _views(model: Sequential) -> dict[str, Array]:
    """Every block of parameters and statistics by its name, as views that can be written to."""
    return {
        place.name: vector[place.where].reshape(place.block.shape)
        for places, vector in ((model.places, model.parameters), (model.states, model.statistics))
        for place in places
    }


def _safetensors() -> Any:
    try:
        from safetensors import numpy
    except ImportError:
        raise MissingPartError(
            "safetensors files need the package; install it with: pip install 'augkit[safetensors]'"
        ) from None
    return numpy
