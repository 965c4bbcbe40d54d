"""Augmentation inside a PyTorch ``DataLoader``, the same for any number of workers.

Every item is keyed by (seed, epoch, index), so ``num_workers``, the sampler's order, prefetching
and restarts change nothing. Torch itself is not imported here: any map-style dataset will do.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from augkit.adapters.given import checked_pipeline
from augkit.core.compose import Compose
from augkit.core.random import Key
from augkit.core.registry import modality

__all__ = ["AugmentedDataset"]


class MapStyle(Protocol):
    """What ``torch.utils.data.Dataset`` is: items by index, and how many."""

    def __getitem__(self, index: int, /) -> Any: ...

    def __len__(self) -> int: ...


class AugmentedDataset:
    """A map-style dataset whose items are augmented as they are read.

    Args:
        dataset: items are an image alone, a tuple such as ``(image, label)`` whose first is the
            image, or a mapping of named data (``image``, ``mask``, ``boxes`` ...).
        pipeline: what is applied. Other items of ``dataset`` are the partners of transforms that
            mix; their labels have to be named for them to be mixed as well.
        names: for tuples, what the first items are, as ``["image", "mask"]``; without it, the rest
            must be labels that no transform has to move. For mappings, which of the names the
            pipeline takes; default: all of them. What is not named is passed on as it is.
        key: from an index to the sample's key; default: the index itself. Give the file name to
            get the very results of ``augkit run``.

    Call `set_epoch` before each epoch, as with a ``DistributedSampler``: the epoch is the variant.
    It reaches workers that are already running (``persistent_workers=True``).

    >>> import numpy as np
    >>> from augkit import Compose, image
    >>> data = [(np.full((4, 4), k, np.uint8), k) for k in range(3)]
    >>> augmented = AugmentedDataset(data, Compose([image.HorizontalFlip(p=0.5)], seed=7))
    >>> picture, label = augmented[2]
    >>> picture.shape, label, len(augmented)
    ((4, 4), 2, 3)
    """

    def __init__(
        self,
        dataset: MapStyle,
        pipeline: Compose,
        *,
        key: Callable[[int], Key] | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self.dataset = dataset
        self.pipeline = checked_pipeline(pipeline)
        self._seed = pipeline.seed  # drawn now, so that every worker has the same
        self._known = {*modality(pipeline.modality_name).kinds, *pipeline.targets}
        self._key = key
        self._names = names
        # Shared with workers that were started before the epoch was set.
        self._epoch = multiprocessing.get_context("spawn").Value("q", 0)

    def set_epoch(self, epoch: int) -> None:
        """Take other random numbers: those of ``epoch`` (a whole number of at least 0)."""
        if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 0:
            raise ValueError(f"epoch must be a whole number of at least 0, got {epoch!r}")
        self._epoch.value = epoch

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"index {index} is outside of a dataset of {len(self)} items")
        item = self.dataset[index]
        if isinstance(item, Mapping):
            taken = {name: value for name, value in item.items() if self._takes(name)}
            self._check_names(item, taken)
            return {**item, **self._augmented(taken, index)}
        if not isinstance(item, tuple | list):
            return self._augmented(item, index)
        if self._names is not None:
            named = self._augmented(_named(item, self._names), index)
            return type(item)((*(named[name] for name in self._names), *item[len(self._names) :]))
        _check_rest(item, mixes=self.pipeline.mixes)
        return type(item)((self._augmented(item[0], index), *item[1:]))

    def _augmented(self, data: Any, index: int) -> Any:
        epoch = int(self._epoch.value)
        return self.pipeline(data, key=self._key_of(index), variant=epoch, partners=_Others(self))

    def _takes(self, name: str) -> bool:
        return self._names is None or name in self._names

    def _check_names(self, item: Mapping[str, Any], taken: Mapping[str, Any]) -> None:
        """``ValueError`` where an item lacks a name, or has one that means nothing here."""
        missing = set(self._names or ()) - item.keys()
        if missing:
            raise ValueError(
                f"names has {', '.join(map(repr, sorted(missing)))}, but items hold {', '.join(item)}"
            )
        unknown = taken.keys() - self._known
        if unknown:
            kept = [name for name in taken if name in self._known]
            raise ValueError(
                f"items hold {', '.join(map(repr, sorted(unknown)))}, which the pipeline does not "
                f"know: say what it takes, as names={kept or ['image']} (the others are passed on), "
                "or what they are, as Compose(..., targets={'left': 'image'})"
            )

    def _key_of(self, index: int) -> Key:
        return index if self._key is None else self._key(index)


def _named(item: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    if len(item) < len(names):
        raise ValueError(f"items have {len(item)} parts, but names has {len(names)}: {list(names)}")
    return dict(zip(names, item, strict=False))


def _check_rest(item: Sequence[Any], *, mixes: bool) -> None:
    """Refuse to pass on what ought to move with the image."""
    for position, value in enumerate(item[1:], start=1):
        if isinstance(value, Mapping) or getattr(value, "ndim", 0) >= 2:
            what = "a mapping" if isinstance(value, Mapping) else f"an array of shape {value.shape}"
            raise TypeError(
                f"part {position} of an item is {what}, which would not move with the image: say what "
                'the parts are, as names=["image", "mask"], or let items be mappings of named data'
            )
    if mixes:
        raise TypeError(
            "the pipeline mixes samples, but nothing says which part of an item is the label to be "
            'mixed as well: name the parts, as names=["image", "label"]'
        )


class _Others:
    """The dataset as the partners of mixing transforms."""

    def __init__(self, owner: AugmentedDataset) -> None:
        self._owner = owner

    def __len__(self) -> int:
        return len(self._owner)

    def key(self, index: int) -> Key:
        return self._owner._key_of(index)

    def index(self, key: Key) -> int:
        if self._owner._key is None and isinstance(key, int):
            return key
        for index in range(len(self)):
            if self.key(index) == key:
                return index
        raise KeyError(key)

    def load(self, index: int) -> Any:
        item = self._owner.dataset[index]
        if isinstance(item, Mapping):
            return {name: value for name, value in item.items() if self._owner._takes(name)}
        if isinstance(item, tuple | list):
            names = self._owner._names
            return item[0] if names is None else _named(item, names)
        return item
