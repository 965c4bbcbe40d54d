"""Splits that keep the proportions of the classes, and copies of one thing on one side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from augkit.core.random import Root, Stream
from regtrain.layers.base import Array

__all__ = ["split"]


def split(
    count: int,
    parts: Sequence[float] = (0.8, 0.2),
    *,
    labels: Any = None,
    groups: Any = None,
    seed: int = 0,
) -> list[Array]:
    """The numbers of the samples of each part, sorted.

    Args:
        count: how many samples there are.
        parts: the share of each part; they sum to 1.
        labels: the class of each sample; each part then has each class in its proportion.
        groups: what each sample is a copy of; all copies go to one part (`Folder.groups`).
        seed: of the choice (default 0).

    Raises:
        ValueError: a part would be empty, or there are fewer groups of a class than parts.

    >>> train, valid = split(10, (0.8, 0.2), labels=[0, 1] * 5)
    >>> len(train), len(valid)
    (8, 2)
    """
    shares = np.asarray(parts, float)
    if len(shares) < 2 or (shares <= 0).any() or abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"parts must be at least two shares above 0 that sum to 1, got {parts!r}")
    for name, given in (("labels", labels), ("groups", groups)):
        if given is not None and len(given) != count:
            raise ValueError(f"{name}: expected {count}, one per sample, got {len(given)}")
    # Plain values: how NumPy writes its own has changed, and with it would the split.
    labels = labels.tolist() if isinstance(labels, np.ndarray) else labels
    keys = list(range(count)) if groups is None else list(groups)
    members: dict[Any, list[int]] = {}
    for number, key in enumerate(keys):
        members.setdefault(key, []).append(number)
    strata: dict[Any, list[Any]] = {}
    for key, numbers in members.items():
        strata.setdefault(None if labels is None else labels[numbers[0]], []).append(key)
    chosen: list[list[int]] = [[] for _ in shares]
    for stratum in sorted(strata, key=repr):
        names = strata[stratum]
        total = sum(len(members[name]) for name in names)
        if len(names) < len(shares):
            raise ValueError(
                ("there is" if stratum is None else f"class {stratum!r} has")
                + f" only {len(names)} example{'s' * (len(names) > 1)} (copies count once), and each "
                f"of the {len(shares)} parts needs one; add some"
                + ("" if stratum is None else ", or leave the class out")
            )
        stream = Stream(Root((seed, ("split", repr(stratum)), 0)))
        order = [names[i] for i in stream.permutation("order", len(names))]
        # Each group goes to the part that lacks most of its share; none stays empty.
        wanted = shares * total
        for position, name in enumerate(order):
            empty = [part for part in range(len(shares)) if wanted[part] == shares[part] * total]
            left = len(order) - position
            part = empty[0] if empty and left <= len(empty) else int(np.argmax(wanted))
            wanted[part] -= len(members[name])
            chosen[part].extend(members[name])
    return [np.array(sorted(part), np.int64) for part in chosen]
