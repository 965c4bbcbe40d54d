"""The trainer: the settings, and what one does with them."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from regtrain.data.normalizer import Normalizer
from regtrain.early_stopping import EarlyStopping
from regtrain.layers.activations import Softmax
from regtrain.losses import CrossEntropy, Loss
from regtrain.losses import loss as loss_of
from regtrain.optimizers import Optimizer
from regtrain.optimizers import optimizer as optimizer_of
from regtrain.predictor import Predictor
from regtrain.run import Run
from regtrain.sequential import Sequential
from regtrain.training import checkpoint as files
from regtrain.training.callbacks import Callback, ProgressBar
from regtrain.training.fit import Fit
from regtrain.training.mixing import Mixing
from regtrain.training.prepare import prepare

__all__ = ["Trainer"]


class Trainer(Predictor):
    """Trains a model.

    Args:
        model: a `Sequential`; built here if it is not.
        loss: a name or a `Loss` (default ``cross-entropy``).
        optimizer: a name or an `Optimizer` (default ``adam``).
        l2: lambda of (lambda / 2) sum(W²), added to the mean loss; weights only (default 0).
        batch_size: samples per update; None for all of them (batch gradient descent), 1 for
            stochastic (default 32).
        max_epochs: default 100.
        augment: an augkit pipeline, applied to the training samples only, keyed by (epoch, index).
        mix: a `MixUp` or `CutMix`, applied to training batches.
        features: turns one (augmented) sample into numbers, where samples are texts, sounds or
            images of different sizes.
        normalize: ``auto`` (whole numbers to [0, 1]), ``unit``, ``standard`` (per feature) or None;
            fitted on the training part only.
        early_stopping: an `EarlyStopping`, or a patience.
        class_weight: ``balanced``, or a weight per class.
        clip: gradients with a greater global norm are scaled down to it (default: none).
        max_norm: the greatest norm of the weights into one unit (default: none).
        monitor_train: how many training samples are evaluated after each epoch (default 2,000; None
            for all; 0 for none). Where nothing at all looks at the model after an epoch (no validation,
            no callbacks, no checkpoint), the statistics of batch normalization wait for the end.
        statistics_samples: how many training samples, evenly spread, give the statistics of batch
            normalization after an epoch (default None: all). At the end it is all of them anyway.
        workers: batches made in the background at once (default 0); changes no result.
        processes: whether the workers are processes (default: where the pipeline can be sent to one, as
            they leave more of the speed than threads; what `__main__` defines stays in threads).
        threads: of the matrix products while training (default 1: for small networks more cost more
            than they bring).
        seed: of everything random: weights, order, dropout, augmentation (default 0).

    Attributes:
        tests: how many times the test set was looked at.
        normalizer: what was fitted, after `fit`.
    """

    def __init__(
        self,
        model: Sequential,
        *,
        loss: str | Loss = "cross-entropy",
        optimizer: str | Optimizer = "adam",
        l2: float = 0.0,
        batch_size: int | None = 32,
        max_epochs: int = 100,
        augment: Any = None,
        mix: Mixing | None = None,
        features: Callable[[Any], Any] | None = None,
        normalize: str | None = "auto",
        early_stopping: EarlyStopping | int | None = None,
        class_weight: Any = None,
        clip: float | None = None,
        max_norm: float | None = None,
        monitor_train: int | None = 2000,
        statistics_samples: int | None = None,
        workers: int = 0,
        processes: bool | None = None,
        threads: int = 1,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.loss = loss_of(loss)
        self.optimizer = optimizer_of(optimizer)
        self.l2 = float(l2)
        self.batch_size, self.max_epochs = batch_size, max_epochs
        self.augment, self.mix, self.features = augment, mix, features
        self.normalize, self.class_weight = normalize, class_weight
        self.early_stopping = (
            EarlyStopping(early_stopping) if isinstance(early_stopping, int) else early_stopping
        )
        self.clip, self.max_norm, self.monitor_train = clip, max_norm, monitor_train
        self.statistics_samples = statistics_samples
        self.workers, self.processes, self.threads = workers, processes, threads
        self.seed = seed
        self.tests = 0
        self.normalizer: Normalizer | None = None
        self._check()

    def _check(self) -> None:
        at_least = {"max_epochs": 1, "threads": 1, "workers": 0, "seed": 0}
        or_all = {"batch_size": 1, "monitor_train": 0, "statistics_samples": 2}
        for name, low in {**at_least, **or_all}.items():
            value = getattr(self, name)
            if value is None and name in or_all:
                continue
            if isinstance(value, bool) or not hasattr(value, "__index__") or value < low:
                raise ValueError(
                    f"{name} must be a whole number of at least {low}"
                    + (" or None for all" if name in or_all else "")
                    + f", got {value!r}"
                )
        for name in ("clip", "max_norm"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0 or None, got {value!r}")
        if not 0 <= self.l2 < float("inf"):
            raise ValueError(f"l2 must be at least 0, got {self.l2!r}")
        if self.l2 and self.optimizer.weight_decay:
            raise ValueError(
                f"l2={self.l2:g} and weight_decay={self.optimizer.weight_decay:g} both shrink the "
                "weights; set one of them to 0 (AdamW has 0.01 by default)"
            )
        if self.augment is not None and not hasattr(self.augment, "batch"):
            raise TypeError(
                "augment must be a pipeline, such as augkit.Compose([...], seed=7), got "
                f"{self.augment!r}"
            )
        if isinstance(self.loss, CrossEntropy) and isinstance(self.model.layers[-1], Softmax):
            raise ValueError(
                "CrossEntropy takes logits: leave out the Softmax at the end of the model; "
                "probabilities come from trainer.probabilities(x)"
            )

    # -- training ------------------------------------------------------------------------------

    def fit(
        self,
        train: tuple[Any, Any],
        valid: tuple[Any, Any] | None = None,
        *,
        sample_weight: Any = None,
        callbacks: Sequence[Callback] = (),
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: int | None = None,
        resume: bool = False,
        progress: bool | None = None,
    ) -> Run:
        """Train.

        Args:
            train: (x, y); x an array (memory-mapped too), or a sequence with ``features``.
            valid: (x, y) that is watched, never trained on.
            sample_weight: one number per training sample.
            callbacks: see `Callback`.
            checkpoint: a file to write to, and to go on from with ``resume``.
            checkpoint_every: so many steps (default: after each epoch).
            resume: go on from the checkpoint if there is one; the result has the same bits as if
                it had never been interrupted.
            progress: show a bar (default: on a terminal).

        Raises:
            ValueError, TypeError: the data do not fit, with what was expected.
            CheckpointError: the checkpoint is damaged, or of another training.
        """
        data = prepare(self, train, valid, sample_weight)
        if progress if progress is not None else sys.stderr.isatty():
            callbacks = (*callbacks, ProgressBar())
        fit = Fit(self, data, callbacks, checkpoint, checkpoint_every)
        self.normalizer = data.normalizer
        if resume:
            if checkpoint is None:
                raise ValueError("resume needs a checkpoint to go on from")
            if os.path.exists(checkpoint):
                fit.load(checkpoint)
        return fit.run()

    def effective_batch_size(self, count: int) -> int:
        """The samples per update for ``count`` samples."""
        if self.batch_size is None:
            return count
        if self.batch_size > count:
            warnings.warn(
                f"batch_size={self.batch_size} is more than the {count} samples there are; each "
                "epoch is one update of all of them",
                UserWarning,
                stacklevel=4,
            )
        return min(self.batch_size, count)

    def fingerprint(self) -> dict[str, Any]:
        """What decides the result, besides the data: compared when a training is resumed."""
        names = (
            "l2", "batch_size", "clip", "max_norm", "normalize", "statistics_samples", "seed", "threads",
        )  # fmt: skip
        augment = self.augment.to_dict() if hasattr(self.augment, "to_dict") else None
        return {
            "model": repr(self.model),
            "shapes": [[place.name, *place.block.shape] for place in self.model.places],
            "dtype": str(self.model.dtype),
            **{name: repr(getattr(self, name)) for name in ("loss", "optimizer", "mix")},
            **{name: getattr(self, name) for name in names},
            "early_stopping": repr(self.early_stopping),
            "class_weight": repr(self.class_weight),
            "augment": repr(augment),
        }

    def clone(self, **changes: Any) -> Trainer:
        """A trainer with the same settings, but for ``changes``, and a new model, not built."""
        names = (
            "loss optimizer l2 batch_size max_epochs augment mix features normalize early_stopping "
            "class_weight clip max_norm monitor_train statistics_samples workers processes threads seed"
        )
        settings = {name: getattr(self, name) for name in names.split()}
        return Trainer(**{"model": Sequential(*self.model.layers), **settings, **changes})

    # -- files ---------------------------------------------------------------------------------

    def load(self, path: str | os.PathLike[str]) -> Trainer:
        """Take the parameters of a checkpoint, to predict with or to train from.

        Raises:
            CheckpointError: it is damaged, or from another model.
        """
        state, arrays = files.read(path)
        if not self.model.built:
            self.model.build(tuple(state["shape"]), seed=self.seed)
        use = state["use"]  # the best, where early stopping keeps them
        vectors = {
            f"{use}parameters": self.model.parameters, f"{use}statistics": self.model.statistics
        }  # fmt: skip
        files.fill(path, arrays, vectors)
        self.tests = state["tests"]
        if "shift" in arrays:
            self.normalizer = Normalizer(arrays["shift"], arrays["scale"])
        return self
