"""Augmentation as a step of a scikit-learn pipeline: while it is fitted, and only then."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sklearn.base import BaseEstimator, TransformerMixin

from augkit.core.compose import Compose

__all__ = ["TextAugmenter"]


class TextAugmenter(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Replaces each text by one variant of it when fitted; leaves texts alone afterwards.

    A scikit-learn pipeline calls ``fit_transform`` while it is fitted and ``transform`` when it
    predicts: so the model learns from augmented texts and is asked about real ones. The number of
    texts stays, as steps of such a pipeline have to keep it; `augkit.adapters.columns` makes several
    of each, before.

    The key of a text is its content (and, of equal texts, which one it is): the same text gets the
    same variant in every fold of a cross-validation.

    Args:
        pipeline: an `augkit.Compose` of texts with a seed.
        variant: which variant (default 0), a parameter that can be searched over.

    >>> from augkit import Compose, text
    >>> step = TextAugmenter(Compose([text.RandomDeletion(n=1)], seed=7))
    >>> [len(each.split()) for each in step.fit_transform(["a fine film", "no"])]
    [2, 1]
    >>> step.transform(["a fine film"])
    ['a fine film']
    """

    def __init__(self, pipeline: Compose, variant: int = 0) -> None:
        self.pipeline = pipeline
        self.variant = variant

    def fit(self, X: Sequence[str], y: Any = None) -> TextAugmenter:  # noqa: N803
        """Nothing is learned."""
        return self

    def fit_transform(self, X: Sequence[str], y: Any = None, **_: Any) -> list[str]:  # noqa: N803
        """The texts, augmented."""
        texts = [str(text) for text in X]
        made: list[str] = self.pipeline.batch(texts, keys=_keys(texts), variant=self.variant)
        return made

    def transform(self, X: Sequence[str]) -> list[str]:  # noqa: N803
        """The texts as they are."""
        return [str(text) for text in X]

    def __sklearn_is_fitted__(self) -> bool:
        return True


def _keys(texts: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    keys = []
    for text in texts:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        keys.append(f"{digest}#{seen[digest]}")
        seen[digest] += 1
    return keys
