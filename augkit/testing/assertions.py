"""See `augkit.testing`."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from augkit.core.compose import Compose
from augkit.core.recipe import Recipe
from augkit.core.transform import Node

__all__ = ["assert_pure", "assert_replayable", "assert_reproducible"]

_VARIANTS = 8


def _pipeline(transform: Node) -> Compose:
    return transform if isinstance(transform, Compose) else Compose([transform], seed=7)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Mapping):
        return (
            isinstance(b, Mapping) and a.keys() == b.keys() and all(_equal(a[k], b[k]) for k in a)
        )
    if isinstance(a, np.ndarray):
        same_form = isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape
        return bool(same_form and a.tobytes() == b.tobytes())
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(_equal, a, b))
    return bool(a == b)


def assert_pure(transform: Node, data: Any, **given: Any) -> None:
    """Assert that nothing that goes in is written to, and that nothing comes out twice.

    Args:
        transform: a transform or a pipeline.
        data: bare or named data, as the transform takes it.
        given: further arguments of the call, such as ``partners``.

    >>> from augkit import image
    >>> assert_pure(image.HorizontalFlip(), np.zeros((4, 4), np.uint8))
    """
    pipeline, before = _pipeline(transform), pickle.dumps(data)
    for variant in range(_VARIANTS):
        made = pipeline(data, key="pure", variant=variant, **given)
        if pickle.dumps(data) != before:
            raise AssertionError(f"{pipeline} changed its input (variant {variant})")
        arrays = made.values() if isinstance(made, Mapping) else [made]
        inputs = data.values() if isinstance(data, Mapping) else [data]
        for output in arrays:
            for original in inputs:
                if (
                    isinstance(output, np.ndarray)
                    and isinstance(original, np.ndarray)
                    and np.shares_memory(output, original)
                ):
                    raise AssertionError(f"{pipeline} gave back memory of its input: copy it")


def assert_replayable(transform: Node, data: Any, **given: Any) -> None:
    """Assert that a recipe, sent through JSON, makes the same result again.

    >>> from augkit import image
    >>> assert_replayable(image.Rotate90(), np.zeros((4, 4), np.uint8))
    """
    pipeline = _pipeline(transform)
    for variant in range(_VARIANTS):
        made, recipe = pipeline.run(data, key="replay", variant=variant, **given)
        text = json.dumps(recipe.to_dict(), allow_nan=False)
        named = dict(data) if isinstance(data, Mapping) else {}
        again = pipeline.apply(
            None if named else data, Recipe.from_dict(json.loads(text)), **named, **given
        )
        if not _equal(made, again):
            raise AssertionError(
                f"{pipeline}: variant {variant} is not what its recipe makes:\n{recipe}"
            )


def assert_reproducible(transform: Node, data: Any, **given: Any) -> None:
    """Assert that results depend on (seed, key, variant) alone.

    Runs the variants forwards, backwards, in threads, after pickling and beside another transform's
    draws; all have to agree bit for bit.

    >>> from augkit import image
    >>> assert_reproducible(image.Rotate90(), np.zeros((4, 4), np.uint8))
    """
    pipeline = _pipeline(transform)

    def made(which: Compose, variant: int) -> Any:
        return which(data, key="reproducible", variant=variant, **given)

    expected = [made(pipeline, variant) for variant in range(_VARIANTS)]
    backwards = [made(pipeline, variant) for variant in reversed(range(_VARIANTS))][::-1]
    copy = pickle.loads(pickle.dumps(pipeline))
    pickled = [made(copy, variant) for variant in range(_VARIANTS)]
    with ThreadPoolExecutor(4) as pool:
        threads = list(pool.map(lambda variant: made(pipeline, variant), range(_VARIANTS)))
    for how, found in (
        ("in another order", backwards),
        ("pickled", pickled),
        ("in threads", threads),
    ):
        for variant in range(_VARIANTS):
            if not _equal(expected[variant], found[variant]):
                raise AssertionError(f"{pipeline} differs {how} (variant {variant})")
