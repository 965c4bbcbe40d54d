"""Copies of a model to try things on, so that the model itself is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from regtrain.layers.base import Layer, Shape
    from regtrain.sequential import Sequential

__all__ = ["twin"]


def twin(
    model: Sequential,
    *,
    shape: Shape,
    seed: int = 0,
    dtype: Any = np.float32,
    without: tuple[type[Layer], ...] = (),
) -> Sequential:
    """A model of the same layers and parameters that shares nothing with the first.

    Args:
        model: built or not; one that is not gets its initial parameters in the copy alone.
        shape: of one input.
        seed: of the initial parameters, where it is not built.
        dtype: of the copy.
        without: kinds of layers to leave out; they must have no parameters.
    """
    import warnings

    from regtrain.sequential import InitializationWarning, Sequential

    copy = Sequential(*(layer for layer in model.layers if not isinstance(layer, without)))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", InitializationWarning
        )  # the checks say it in their own words
        copy.build(shape, seed=seed, dtype=dtype)
    if model.built and model.shape == tuple(shape):
        copy.parameters[:] = model.parameters
        copy.statistics[:] = model.statistics
    return copy
