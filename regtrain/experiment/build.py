"""From an experiment to a trainer, and from there to what became of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regtrain.experiment.data import Data, read_training, wrong_input
from regtrain.experiment.facts import Facts
from regtrain.experiment.layers import layers_of
from regtrain.experiment.notebook import Outcome
from regtrain.experiment.read import Experiment

if TYPE_CHECKING:
    from regtrain.sequential import Sequential
    from regtrain.trainer import Trainer
    from regtrain.training.fit import Fit

__all__ = ["Runner", "kind_of", "network", "trainer_of"]


def trainer_of(experiment: Experiment, facts: Facts, count: int | None = None) -> Trainer:
    """The trainer that an experiment describes, its model not built yet.

    Args:
        experiment: all settings.
        facts: what there is to know of its data.
        count: of the training examples; a batch has no more of them.

    Raises:
        SpecError: the settings do not fit one another or the data.
    """
    from augkit import Compose
    from regtrain.losses import CrossEntropy, SquaredError
    from regtrain.networks import optimizer_with
    from regtrain.trainer import Trainer

    data, training = experiment.data, experiment.training
    batch = training["batch_size"]
    scale = "standard" if data["scale"] else "auto"
    if data["format"] == "sounds" and len(facts.shape) == 1:
        scale = "auto"  # the samples of a waveform are all of one kind, between -1 and 1
    with wrong_input():
        return Trainer(
            network(experiment, facts),
            loss=CrossEntropy(training["label_smoothing"]) if facts.names else SquaredError(),
            optimizer=optimizer_with(
                training["optimizer"], training["learning_rate"], training["schedule"]
            ),
            l2=training["l2"],
            batch_size=None if batch == "full" else min(batch, count or batch),
            max_epochs=training["max_epochs"],
            augment=None if experiment.augment is None else Compose.from_dict(experiment.augment),
            features=facts.features,
            normalize=scale,
            early_stopping=training["early_stopping"],
            statistics_samples=training["statistics_samples"],
            workers=training["workers"],
            seed=experiment.seed,
        )


def network(experiment: Experiment, facts: Facts) -> Sequential:
    """The model: a list of layers, or one of the short forms."""
    from regtrain.layers import Dense
    from regtrain.networks import cnn, mlp, words
    from regtrain.sequential import Sequential

    model = experiment.model
    if model["layers"] is not None:
        layers = layers_of(model["layers"], tokens=facts.tokens)
        return Sequential(*layers, Dense(facts.outputs))
    shared: dict[str, Any] = {
        name: model[name] for name in ("activation", "init", "dropout", "batch_norm")
    }
    kind = kind_of(experiment, facts)
    if kind in ("bag", "rnn"):
        states = model["states"] if kind == "rnn" else None
        return words(
            facts.tokens or 0, model["dimensions"], model["hidden"], facts.outputs, states=states,
            **shared,
        )  # fmt: skip
    if kind == "cnn":
        return cnn(model["filters"], model["hidden"], facts.outputs, **shared)
    return mlp(model["hidden"], facts.outputs, flatten=len(facts.shape) > 1, **shared)


def kind_of(experiment: Experiment, facts: Facts) -> str:
    """``mlp``, ``cnn``, ``bag`` or ``rnn``: what the experiment says, or what fits the data."""
    kind = experiment.model["kind"]
    if kind is None:
        return "bag" if facts.tokens else "cnn" if len(facts.shape) == 3 else "mlp"
    if kind == "cnn" and len(facts.shape) != 3:
        raise ValueError(
            f"model.kind cnn needs images, these are rows of {facts.shape[0]} numbers; "
            "write kind: mlp"
        )
    return str(kind)


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
        trainer = trainer_of(experiment, data.facts, len(data.train[0]))
        with warnings.catch_warnings(), wrong_input():
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
