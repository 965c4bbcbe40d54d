"""Training data, checked and made ready before the first step."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from augkit.core.random import Root, Stream
from regtrain.data.normalizer import Normalizer, finite
from regtrain.data.samples import Samples, pair_of
from regtrain.data.subset import scattered
from regtrain.layers.base import Array
from regtrain.layers.embedding import Embedding
from regtrain.losses import CrossEntropy

if TYPE_CHECKING:
    from regtrain.trainer import Trainer

__all__ = ["OverlapWarning", "Prepared", "prepare"]

_DIAGNOSED = 2000  # training samples for a diagnosis, where none are evaluated after an epoch
_KEPT = 1 << 28  # bytes of features that are made once instead of in every epoch


class OverlapWarning(UserWarning):
    """Validation samples are training samples too."""


@dataclass
class Prepared:
    """What a training needs of the data.

    Attributes:
        samples, targets, weights: of the training part; no weights means all alike.
        monitored: the training samples that are evaluated after each epoch, with their targets.
        valid: the validation samples and targets, or None.
        normalizer: fitted on the training part; None for tokens.
        augment: the pipeline, with a seed of its own.
        classes: of a classification from logits, else 0.
        fingerprint: to know the data again.
    """

    samples: Samples
    targets: Array
    weights: Array | None
    monitored: tuple[Samples, Array]
    valid: tuple[Samples, Array] | None
    normalizer: Normalizer | None
    augment: Any
    classes: int
    fingerprint: str

    def soft(self, targets: Array) -> Array:
        """Labels as rows of probabilities, so that they can be mixed."""
        if self.classes and targets.ndim == 1:
            return np.eye(self.classes, dtype=np.float32)[targets]
        return targets

    def inputs(self, samples: Samples, dtype: Any, size: int) -> Iterator[Array]:
        """All samples in order, as inputs of the model."""
        return inputs(samples, self.normalizer, dtype, size)


def inputs(
    samples: Samples, normalizer: Normalizer | None, dtype: Any, size: int
) -> Iterator[Array]:
    """All samples in order, ``size`` at a time, as inputs of the model."""
    for start in range(0, len(samples), size):
        rows = np.arange(start, min(start + size, len(samples)))
        array = samples.array
        part = samples.numbers(samples.raw(rows)) if array is None else array[start : start + size]
        if normalizer is None or (
            normalizer.neutral and part.dtype == dtype and part.flags.c_contiguous
        ):
            yield part
        else:
            yield normalizer(part, out=np.empty(part.shape, dtype))


def prepare(
    trainer: Trainer, train: tuple[Any, Any], valid: tuple[Any, Any] | None, sample_weight: Any
) -> Prepared:
    """Check the data, build the model if it is not, fit the normalization on the training part."""
    model, loss = trainer.model, trainer.loss
    x, y = pair_of(train, "train")
    samples = Samples(x, trainer.features)
    everything = samples.array
    if everything is None:
        everything = _some(samples)
    shape = everything.shape[1:]
    if not model.built:
        model.build(shape, seed=trainer.seed)
    model.check(everything[:1])
    tokens = isinstance(model.layers[0], Embedding)
    normalizer = None if tokens else Normalizer.fit(everything, trainer.normalize)
    targets = loss.targets(y, model.output_shape, model.dtype)
    _same_count("training", samples, targets)
    if isinstance(loss, CrossEntropy) and targets.ndim == 1 and (targets == targets[0]).all():
        raise ValueError(
            f"all labels are of one class ({targets[0]}); training needs at least two classes"
        )
    count = len(samples) if trainer.monitor_train is None else trainer.monitor_train
    few = scattered(len(samples), count or _DIAGNOSED)
    monitored = (samples.at(few), targets[few])
    checked = None
    if valid is not None:
        x, y = pair_of(valid, "valid")
        held = Samples(x, trainer.features)
        if held.array is not None:
            model.check(held.array[:1])
            finite(held.array)
        held_targets = loss.targets(y, model.output_shape, model.dtype)
        _same_count("validation", held, held_targets)
        checked = (held, held_targets)
        _overlap(samples, held)
        held.keep(_KEPT)
    if count:
        monitored[0].keep(_KEPT)
    if trainer.augment is None:
        samples.keep(_KEPT)
    return Prepared(
        samples,
        targets,
        _weights(trainer, targets, sample_weight),
        monitored,
        checked,
        normalizer,
        _seeded(trainer.augment, trainer.seed),
        model.output_shape[-1] if isinstance(loss, CrossEntropy) else 0,
        f"{samples.fingerprint()}-{blake2b(targets.tobytes(), digest_size=8).hexdigest()}",
    )


def _some(samples: Samples, count: int = 1000) -> Array:
    """Numbers of samples from all over, where they cannot be looked at all at once."""
    return samples.numbers(samples.raw(scattered(len(samples), count)))


def _same_count(part: str, samples: Samples, targets: Array) -> None:
    if len(samples) != len(targets):
        raise ValueError(
            f"{part} data: {len(samples)} samples, but {len(targets)} targets; give one each"
        )


def _weights(trainer: Trainer, targets: Array, sample_weight: Any) -> Array | None:
    """Class weights times sample weights; None where all are alike."""
    weights = None
    if sample_weight is not None:
        weights = np.asarray(sample_weight, np.float64)
        if weights.shape != (len(targets),):
            raise ValueError(
                f"sample_weight: expected {len(targets)} numbers, one per sample, got an array of "
                f"shape {weights.shape}"
            )
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise ValueError("sample_weight must be finite and at least 0")
    if trainer.class_weight is not None:
        if targets.ndim != 1:
            raise ValueError("class_weight needs labels that are whole numbers")
        count = trainer.model.output_shape[-1]
        given = trainer.class_weight
        if given == "balanced":
            counts = np.bincount(targets, minlength=count)
            table = len(targets) / (count * np.maximum(counts, 1))
        elif isinstance(given, dict):
            table = np.array([given.get(label, 1.0) for label in range(count)], np.float64)
        else:
            table = np.asarray(given, np.float64)
        if table.shape != (count,) or not (table >= 0).all():
            raise ValueError(
                f"class_weight must be 'balanced', or {count} numbers of at least 0, got {given!r}"
            )
        weights = table[targets] * (1.0 if weights is None else weights)
    return weights


def _overlap(samples: Samples, held: Samples) -> None:
    """Warn where more than a hundredth of the validation samples are training samples."""
    a, b = samples.array, held.array
    if a is None or b is None or a.shape[1:] != b.shape[1:] or a.dtype != b.dtype:
        return
    seen = {np.ascontiguousarray(row).tobytes() for row in b}
    trained = {key for row in a if (key := np.ascontiguousarray(row).tobytes()) in seen}
    twice = sum(np.ascontiguousarray(row).tobytes() in trained for row in b)
    if twice > len(b) / 100:
        warnings.warn(
            f"{twice} of {len(b)} validation samples are training samples too, so validation looks "
            "better than it is; split with regtrain.data.split, which keeps copies together",
            OverlapWarning,
            stacklevel=5,
        )


def _seeded(pipeline: Any, seed: int) -> Any:
    """The pipeline with the trainer's seed, if it has none."""
    if pipeline is None or not hasattr(pipeline, "to_dict"):
        return pipeline
    try:
        spec = pipeline.to_dict()
    except ValueError:  # a transform that cannot be named keeps what it has
        return pipeline
    if "seed" in spec:
        return pipeline
    return type(pipeline).from_dict(
        {**spec, "seed": Stream(Root((seed, "augment", 0))).seed() >> 1}
    )
