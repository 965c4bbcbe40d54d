"""From an experiment to a trainer, and from there to what became of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regtrain.experiment.data import Data, read_training
from regtrain.experiment.notebook import Outcome
from regtrain.experiment.read import Experiment

if TYPE_CHECKING:
    from regtrain.trainer import Trainer
    from regtrain.training.fit import Fit

__all__ = ["Runner", "trainer_of"]


def trainer_of(experiment: Experiment, data: Data) -> Trainer:
    """The trainer that an experiment describes, its model not built yet."""
    from augkit import Compose
    from regtrain.losses import CrossEntropy, SquaredError
    from regtrain.networks import cnn, mlp, optimizer_with
    from regtrain.trainer import Trainer

    model, training = experiment.model, experiment.training
    shared: dict[str, Any] = {
        name: model[name] for name in ("activation", "init", "dropout", "batch_norm")
    }
    images = data.train[0].ndim > 2
    if model["kind"] == "cnn":
        if not images:
            raise ValueError(
                f"model.kind cnn needs images, these are rows of {data.train[0].shape[1]} features; "
                "write kind: mlp"
            )
        network = cnn(model["filters"], model["hidden"], data.outputs, **shared)
    else:
        network = mlp(model["hidden"], data.outputs, flatten=images, **shared)
    batch = training["batch_size"]
    return Trainer(
        network,
        loss=CrossEntropy(training["label_smoothing"]) if data.names else SquaredError(),
        optimizer=optimizer_with(
            training["optimizer"], training["learning_rate"], training["schedule"]
        ),
        l2=training["l2"],
        batch_size=None if batch == "full" else min(batch, len(data.train[0])),
        max_epochs=training["max_epochs"],
        augment=None if experiment.augment is None else Compose.from_dict(experiment.augment),
        normalize="standard" if experiment.data["scale"] else "auto",
        early_stopping=training["early_stopping"],
        seed=experiment.seed,
    )


class Runner:
    """Trains experiments that share their data files, which are read once per split.

    It is what `tune`, `ablate` and the learning curve call.
    """

    def __init__(self) -> None:
        self._data: dict[str, Data] = {}

    def data(self, experiment: Experiment) -> Data:
        """The data of an experiment."""
        key = repr((experiment.data, experiment.seed, experiment.folder))
        if key not in self._data:
            self._data = {key: read_training(experiment)}
        return self._data[key]

    def __call__(
        self, experiment: Experiment, on_epoch: Callable[[int, float], bool] | None = None
    ) -> Outcome:
        """Train; ``on_epoch(epoch, validation error)`` says whether to go on."""
        from regtrain.diagnose.run import error_of
        from regtrain.layers.base import Workspace
        from regtrain.sequential import InitializationWarning
        from regtrain.training.callbacks import Callback

        class Watch(Callback):
            def on_epoch(self, fit: Fit, record: dict[str, float]) -> str | None:
                if on_epoch is None:
                    return None
                error = (
                    1 - record["valid_accuracy"]
                    if "valid_accuracy" in record
                    else record["valid_loss"]
                )
                return None if on_epoch(fit.progress.epoch, error) else "pruned"

        data = self.data(experiment)
        trainer = trainer_of(experiment, data)
        with warnings.catch_warnings():
            # A search tries what does not fit on purpose.
            warnings.simplefilter("ignore", InitializationWarning)
            run = trainer.fit(data.train, valid=data.valid, callbacks=[Watch()], progress=False)
        workspace = Workspace(trainer.model.dtype)
        fit = run.fit
        if fit is None or fit.data.valid is None:
            raise RuntimeError("a run without data")
        errors = [
            error_of(trainer, trainer.run_model(samples, workspace), targets).value
            for samples, targets in (fit.data.monitored, fit.data.valid)
        ]
        return Outcome(errors[0], errors[1], run.epochs, run.stop_reason)
