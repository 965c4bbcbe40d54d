"""EDA as a ready pipeline, with the paper's table of settings."""

from __future__ import annotations

from typing import NamedTuple

from augkit.core.combinators import OneOf
from augkit.core.compose import Compose
from augkit.core.transform import Node

__all__ = ["EDASettings", "eda", "eda_settings"]


class EDASettings(NamedTuple):
    """What the paper recommends for a training set of some size.

    Attributes:
        alpha: fraction of the words that one operation changes.
        n_aug: how many augmented texts per original: variants 0 to ``n_aug - 1``.
    """

    alpha: float
    n_aug: int


# Wei and Zou, "EDA", EMNLP-IJCNLP 2019, table 3: up to so many training texts.
_TABLE = ((500, EDASettings(0.05, 16)), (2000, EDASettings(0.05, 8)))
_MORE = EDASettings(0.1, 4)


def eda_settings(n_train: int) -> EDASettings:
    """The recommended alpha and number of augmented texts for ``n_train`` training texts.

    >>> eda_settings(500)
    EDASettings(alpha=0.05, n_aug=16)
    """
    if isinstance(n_train, bool) or not isinstance(n_train, int) or n_train < 1:
        raise ValueError(f"n_train must be a whole number of at least 1, got {n_train!r}")
    return next((settings for size, settings in _TABLE if n_train <= size), _MORE)


def eda(n_train: int = 500, *, alpha: float | None = None, seed: int | None = None) -> Compose:
    """One of EDA's operations per text, each equally likely, at the paper's strength.

    Wei and Zou, "EDA: Easy Data Augmentation Techniques for Boosting Performance on Text
    Classification Tasks", EMNLP-IJCNLP 2019. Use variants 0 to ``eda_settings(n_train).n_aug - 1``
    beside the originals. See docs/text.md for what to expect of it.

    Args:
        n_train: number of training texts (default 500); chooses alpha from the paper's table.
        alpha: fraction of the words, instead of the table's.
        seed: of the pipeline.

    >>> pipeline = eda(n_train=500, seed=7)
    >>> pipeline.transforms[0].transforms[-1].alpha
    0.05
    """
    from augkit.text.deletion import RandomDeletion
    from augkit.text.swap import RandomSwap
    from augkit.text.synonyms import RandomInsertion, SynonymReplacement

    strength = eda_settings(n_train).alpha if alpha is None else alpha
    operations: list[Node] = [
        SynonymReplacement(alpha=strength),
        RandomInsertion(alpha=strength),
        RandomSwap(alpha=strength),
        RandomDeletion(alpha=strength),
    ]
    return Compose([OneOf(operations)], seed=seed)
