"""Samples as the trainer reads them: arrays, memory-mapped arrays, or lists of anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from regtrain.data.subset import Subset
from regtrain.layers.base import Array

__all__ = ["Samples", "pair_of"]

Features = Callable[[Any], Any]


def pair_of(given: Any, name: str) -> tuple[Any, Any]:
    """``given`` as inputs and targets; ``TypeError`` if it is anything but a pair of them."""
    if not isinstance(given, tuple | list) or len(given) != 2:
        what = f"a {type(given).__name__}"
        if hasattr(given, "shape"):
            what = f"an array of shape {given.shape}"
        elif hasattr(given, "__len__"):
            what += f" of length {len(given)}"
        raise TypeError(
            f"{name} must be a pair (x, y), got {what}; write fit((x, y), valid=(x, y))"
        )
    return given[0], given[1]


class Samples:
    """Inputs, one by one or many at a time; an array is never copied.

    Args:
        x: an array whose first axis counts samples (memory-mapped or not), or a sequence of raw
            samples (texts, waveforms, images, `regtrain.data.Folder`).
        features: turns one raw sample into an array of numbers; needed where samples are not arrays
            of one shape.
    """

    def __init__(self, x: Any, features: Features | None = None) -> None:
        if hasattr(x, "toarray"):
            raise TypeError("inputs are a sparse matrix; give x.toarray()")
        if not isinstance(x, np.ndarray) and (features is None and not hasattr(x, "read_many")):
            x = np.asarray(x)
        if isinstance(x, np.ndarray) and features is None:
            if x.dtype.kind not in "fiub":
                raise TypeError(
                    f"inputs must be numbers, got {x.dtype}; for texts, sounds or images of "
                    "different sizes give Trainer(features=...)"
                )
            if x.ndim < 2 and x.dtype.kind == "f":
                raise ValueError(
                    f"inputs: expected (samples, features), got {x.shape}; for one feature per "
                    "sample give x[:, None]"
                )
        if not len(x):
            raise ValueError("inputs: there is no sample")
        self.x = x
        self.features = features
        self._made: Array | None = None

    def __len__(self) -> int:
        return len(self.x)

    @property
    def array(self) -> Array | None:
        """The array, if the samples are one and need no features, or if they were kept as one."""
        if isinstance(self.x, np.ndarray) and self.features is None:
            return self.x
        return self._made

    def keep(self, most: int) -> None:
        """Make the numbers of all samples once, if they take at most ``most`` bytes."""
        if self.array is not None:
            return
        size = self.numbers(self.raw([0])).nbytes
        if size * len(self) > most:
            return
        parts = [
            self.numbers(self.raw(np.arange(start, min(start + 256, len(self)))))
            for start in range(0, len(self), 256)
        ]
        if len({part.shape[1:] for part in parts}) > 1:
            return  # told where they are used, with the shape that is expected
        self._made = np.concatenate(parts)

    def raw(self, rows: Sequence[int] | Array) -> Any:
        """Samples as they are: an array where they lie in one, else a list."""
        if isinstance(self.x, np.ndarray):
            return self.x[rows]
        many = getattr(self.x, "read_many", None)
        return many(rows) if many else [self.x[int(row)] for row in rows]

    def at(self, rows: Array) -> Samples:
        """The samples with these numbers; none is copied before it is asked for."""
        return self if len(rows) == len(self) else Samples(Subset(self.x, rows), self.features)

    def numbers(self, raw: Any) -> Array:
        """Raw samples as one array of numbers."""
        if self.features is not None:
            raw = [np.asarray(self.features(sample)) for sample in raw]
        if isinstance(raw, np.ndarray):
            return raw
        shapes = {np.shape(sample) for sample in raw}
        if len(shapes) > 1:
            shown = ", ".join(map(str, sorted(shapes)[:3]))
            raise ValueError(
                f"samples have different shapes ({shown}); give all the same, as with Resize or "
                "Pad, or use Trainer(features=...)"
            )
        return np.stack([np.asarray(sample) for sample in raw])

    def fingerprint(self) -> str:
        """A hash of the number of samples and some of them, to know the data again."""
        digest = blake2b(str(len(self)).encode(), digest_size=8)
        for row in np.linspace(0, len(self) - 1, min(len(self), 32)).astype(int):
            sample = self.raw([row])[0]
            if isinstance(sample, dict):  # a sound: its samples, not how they are abbreviated
                sample = np.asarray(sample.get("audio"))
            digest.update(
                np.ascontiguousarray(sample).tobytes()
                if isinstance(sample, np.ndarray)
                else repr(sample).encode()
            )
        return digest.hexdigest()
