"""Augmentation inside of Keras' ``fit``, the same for any number of workers.

Every item is keyed by (seed, epoch, index), so workers, prefetching and restarts change nothing. The
workers are threads of its own: those of Keras (3.15) lose the batch that a model is built with, and
hand out the others an epoch too late. Keras 3 is imported when `AugmentedBatches` is first asked for, with
whatever backend it is set to. Extra ``[keras]``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from augkit.adapters.torch import AugmentedDataset, MapStyle
from augkit.core.compose import Compose
from augkit.core.errors import MissingPartError
from augkit.core.random import Key

__all__ = ["AugmentedBatches"]


class _Batches:
    """What `AugmentedBatches` does; Keras is not needed for it."""

    def __init__(
        self,
        dataset: MapStyle,
        pipeline: Compose,
        *,
        batch_size: int = 32,
        shuffle: bool = True,
        workers: int = 0,
        names: Sequence[str] | None = None,
        key: Callable[[int], Key] | None = None,
        collate: Callable[[list[Any]], Any] | None = None,
    ) -> None:
        super().__init__()
        for name, value, least in (("batch_size", batch_size, 1), ("workers", workers, 0)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(
                    f"{name} must be a whole number of at least {least}, got {value!r}"
                )
        self.items = AugmentedDataset(dataset, pipeline, key=key, names=names)
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.epoch = 0
        self._collate = collate or _stacked
        self._order: tuple[int, Sequence[int]] = -1, ()
        self._threads = ThreadPoolExecutor(workers) if workers else None
        self._in_flight = workers + 1
        self._ahead: dict[int, Future[Any]] = {}

    def set_epoch(self, epoch: int) -> None:
        """Go on from an epoch, as with ``fit(initial_epoch=)``."""
        while self._ahead:
            _, future = self._ahead.popitem()
            if not future.cancel():
                wait([future])
        self.items.set_epoch(epoch)
        self.epoch = epoch

    def on_epoch_end(self) -> None:
        """Keras says that an epoch is over; the next one has other random numbers."""
        self.set_epoch(self.epoch + 1)

    def __len__(self) -> int:
        return math.ceil(len(self.items) / self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} is outside of {len(self)} batches")
        if self._threads is None:
            return self._batch(index)
        future = self._ahead.pop(index, None) or self._threads.submit(self._batch, index)
        for later in range(index + 1, min(index + 1 + self._in_flight, len(self))):
            if later not in self._ahead and len(self._ahead) < self._in_flight:
                self._ahead[later] = self._threads.submit(self._batch, later)
        return future.result()

    def _batch(self, index: int) -> Any:
        start = index * self.batch_size
        chosen = self._ordered(self.epoch)[start : start + self.batch_size]
        return self._collate([self.items[int(one)] for one in chosen])

    def _ordered(self, epoch: int) -> Sequence[int]:
        """The indices of all items in the order of an epoch, kept while it lasts."""
        known, order = self._order
        if known != epoch:
            order = range(len(self.items))
            if self.shuffle:
                order = _shuffled(len(self.items), self.items.pipeline.seed, epoch)
            self._order = epoch, order
        return order


def _shuffled(count: int, seed: int, epoch: int) -> Sequence[int]:
    """An order that follows from seed and epoch alone: by raw words of a Philox generator."""
    import numpy as np

    words = np.random.Philox(key=[seed % 2**64, epoch]).random_raw(count)
    order: Sequence[int] = np.argsort(words, kind="stable").tolist()
    return order


def _stacked(items: list[Any]) -> Any:
    """Items as Keras takes a batch: arrays, by place or by name."""
    import numpy as np

    first = items[0]
    if isinstance(first, dict):
        return {name: np.stack([item[name] for item in items]) for name in first}
    if isinstance(first, tuple | list):
        return tuple(np.stack(parts) for parts in zip(*items, strict=True))
    return np.stack(items)


if TYPE_CHECKING:

    class AugmentedBatches(_Batches):
        """See below."""


@functools.cache
def _batches() -> type:
    try:
        from keras.utils import PyDataset
    except ModuleNotFoundError as error:
        raise MissingPartError(
            f"augkit.adapters.keras needs Keras 3 and its backend ({error}): pip install "
            "'augkit[keras]', and set KERAS_BACKEND to one that is installed"
        ) from None

    class AugmentedBatches(_Batches, PyDataset):  # type: ignore[misc] # keras has no types
        """Batches of augmented items, as ``model.fit`` takes them.

        Args:
            dataset: items by index, and how many (a list will do): an image alone, a tuple such as
                ``(image, label)`` whose first is the image, or a mapping of named data.
            pipeline: what is applied; its results need one size (`Resize`, `RandomCrop` ...) for
                them to be stacked.
            batch_size: items per batch; the last one may have fewer (default 32).
            shuffle: another order of the items in every epoch (default True). It follows from seed
                and epoch; leave Keras' own out, as ``fit(..., shuffle=False)``.
            names: for tuples, what the first parts are, as ``["image", "mask"]``; they move alike.
            key: from an index to the sample's key; default: the index itself.
            collate: from a list of items to a batch; default: every part stacked.
            workers: threads that make the next batches while a model trains (default 0: none).

        Keras tells when an epoch ends, and the next one has other random numbers. To go on with
        ``fit(initial_epoch=5)``, call ``set_epoch(5)``.
        """

    AugmentedBatches.__module__, AugmentedBatches.__qualname__ = __name__, "AugmentedBatches"
    return AugmentedBatches


def __getattr__(name: str) -> Any:
    if name == "AugmentedBatches":
        return _batches()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
