"""How much has to be read for a result of a given length."""

from __future__ import annotations

from typing import Any

from augkit.audio.sample import Shadow
from augkit.core.recipe import Recipe

__all__ = ["input_length_for", "output_length_of"]


def output_length_of(recipe: Recipe, length: int, sample_rate: float | None = None) -> int:
    """The samples that a recipe makes of ``length`` samples, without running it.

    Args:
        recipe: as drawn.
        length: of the input, in samples.
        sample_rate: of the input, in Hz; default: that of the sound the recipe was drawn for.

    >>> from augkit import Compose, audio
    >>> import numpy as np
    >>> pipeline = Compose([audio.TimeStretch(rate=1.25)], seed=1, sample_rate=16000)
    >>> output_length_of(pipeline.draw(np.zeros(16000, np.float32)), 32000)
    25600
    """
    known: Any = recipe.input
    shadow = Shadow(length, known["channels"], sample_rate or known["sample_rate"], known["dtype"])
    for step in recipe.steps:
        shadow = step.transform.advance(shadow, {**step.params, **(step.measured or {})})
    return shadow.length


def input_length_for(recipe: Recipe, output_length: int, sample_rate: float | None = None) -> int:
    """The fewest samples of input from which a recipe makes at least ``output_length``.

    So only as much of a file has to be decoded as is needed: draw first (on any sound of the same
    rate, or on silence), then read, then apply.

    Args:
        recipe: as drawn.
        output_length: wanted, in samples.
        sample_rate: of the input, in Hz; default: that of the sound the recipe was drawn for.

    Raises:
        ValueError: no length is enough (a crop makes less, however much comes in).

    >>> from augkit import Compose, audio
    >>> import numpy as np
    >>> pipeline = Compose([audio.SpeedPerturb(rate=1.1)], seed=1, sample_rate=16000)
    >>> input_length_for(pipeline.draw(np.zeros(16000, np.float32)), 16000)
    17600
    """
    if output_length < 0:
        raise ValueError(f"output_length must be at least 0 samples, got {output_length}")
    enough, most = max(output_length, 1), (output_length + 1) << 10
    while output_length_of(recipe, enough, sample_rate) < output_length:
        enough *= 2
        if enough > most:
            raise ValueError(
                f"no input is long enough: the recipe makes "
                f"{output_length_of(recipe, enough, sample_rate)} samples of {enough}, "
                f"{output_length} are wanted; leave out what crops"
            )
    low = 0  # grows while it is too little
    while low < enough:
        middle = (low + enough) // 2
        if output_length_of(recipe, middle, sample_rate) >= output_length:
            enough = middle
        else:
            low = middle + 1
    return enough
