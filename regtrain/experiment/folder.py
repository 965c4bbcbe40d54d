"""The folder of a run: what `regtrain fit` writes, and what the other commands read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from augkit.core.errors import RefusedError, SpecError
from regtrain.experiment.build import trainer_of
from regtrain.experiment.data import Data, read_part, read_training, wrong_input
from regtrain.experiment.facts import Facts
from regtrain.experiment.read import Experiment, load

if TYPE_CHECKING:
    from regtrain.diagnose.health import Health
    from regtrain.run import Run
    from regtrain.trainer import Trainer

__all__ = ["RunFolder"]


@dataclass(frozen=True)
class RunFolder:
    """A folder with ``experiment.json``, ``checkpoint.npz``, ``health.json``, ``tests.json``."""

    path: Path

    @classmethod
    def of(cls, experiment: Experiment) -> RunFolder:
        """Where an experiment writes to."""
        return cls(Path(experiment.folder) / experiment.output)

    @property
    def checkpoint(self) -> Path:
        """The checkpoint."""
        return self.path / "checkpoint.npz"

    def begin(self, experiment: Experiment) -> None:
        """Make the folder; refused where another run stands."""
        if self.checkpoint.exists():
            raise RefusedError(
                f"{self.path} holds a run already; go on with `regtrain resume {self.path}`, or give "
                "another output"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise RefusedError(f"{self.path} is a file; give another output") from None
        self._write("experiment.json", experiment.changed(output=".").moved(self.path).to_dict())

    def experiment(self) -> Experiment:
        """The experiment that was begun here."""
        file = self.path / "experiment.json"
        if not file.is_file():
            raise SpecError(f"{self.path} is no folder of a run: it has no experiment.json")
        return load(file)

    def fit(self, *, resume: bool, progress: bool | None = None) -> tuple[Run, Data]:
        """Train, or go on from the checkpoint."""
        from regtrain.diagnose.health import Health

        experiment = self.experiment()
        if resume and not self.checkpoint.exists():
            raise SpecError(
                f"{self.path}: there is no checkpoint to go on from; use `regtrain fit`"
            )
        data = read_training(experiment)
        trainer = trainer_of(experiment, data.facts, len(data.train[0]))
        health = self.health() if resume else Health()
        self._write("facts.json", data.facts.to_json())
        with wrong_input():
            run = trainer.fit(
                data.train,
                valid=data.valid,
                callbacks=[health],
                checkpoint=self.checkpoint,
                resume=resume,
                progress=progress,
            )
        if run.fit is not None and run.fit.unsaved is not None:
            raise run.fit.unsaved
        self._write("health.json", health.to_json())
        return run, data

    def health(self) -> Health:
        """The health table so far; empty where the run was ended before it was written."""
        from regtrain.diagnose.health import Health

        file = self.path / "health.json"
        return Health.from_json(json.loads(file.read_text("utf-8"))) if file.exists() else Health()

    def trained(self) -> tuple[Trainer, Facts]:
        """The trainer with its best parameters; the training files are not needed."""
        file = self.path / "facts.json"
        if not self.checkpoint.exists() or not file.is_file():
            raise SpecError(f"{self.path}: nothing has been trained here yet")
        facts = Facts.from_json(json.loads(file.read_text("utf-8")))
        return trainer_of(self.experiment(), facts).load(self.checkpoint), facts

    def run(self) -> tuple[Run, Data]:
        """The run as it was at its end, with its data."""
        from regtrain.run import Run
        from regtrain.training import checkpoint
        from regtrain.training.fit import Fit
        from regtrain.training.prepare import prepare
        from regtrain.training.progress import Progress

        trainer, _ = self.trained()
        data = read_training(self.experiment())
        fit = Fit(trainer, prepare(trainer, data.train, data.valid, None), [self.health()])
        progress = Progress.from_dict(checkpoint.read(self.checkpoint)[0]["progress"])
        if not progress.epoch:
            raise SpecError(
                f"{self.path}: no epoch was finished yet; go on with `regtrain resume {self.path}`"
            )
        kept = trainer.early_stopping is not None
        run = Run(
            history=progress.history,
            stop_reason=progress.stop_reason or f"was interrupted in epoch {progress.epoch + 1}",
            best_epoch=progress.watch.best_epoch if kept else progress.epoch - 1,
            epochs=progress.epoch,
            steps=progress.step,
            seconds=progress.seconds,
            trainer=trainer,
            fit=fit,
        )
        return run, data

    def test(self) -> tuple[dict[str, float], int]:
        """The figures on the test data, and how many times they have been looked at now."""
        trainer, facts = self.trained()
        part = read_part(self.experiment(), "test")
        y = part.y
        if part.names and part.names != facts.names:
            # Classes are numbered by name within each file: give them the training's numbers.
            unknown = sorted(set(part.names) - set(facts.names))
            if unknown:
                raise SpecError(
                    f"data.test: has classes that training had not: {', '.join(unknown)}"
                )
            y = np.array([facts.names.index(name) for name in part.names])[y]
        if part.columns != facts.columns:
            raise SpecError(
                f"data.test: has the columns {', '.join(part.columns)}; training had "
                f"{', '.join(facts.columns)}, in this order"
            )
        file = self.path / "tests.json"
        looks: list[dict[str, float]] = json.loads(file.read_text("utf-8")) if file.exists() else []
        with wrong_input():
            figures = trainer.evaluate((part.x, y))
        self._write("tests.json", [*looks, figures])
        return figures, len(looks) + 1

    def epochs(self) -> int:
        """How many epochs the checkpoint has; 0 where there is none."""
        from regtrain.training import checkpoint

        if not self.checkpoint.exists():
            return 0
        return int(checkpoint.read(self.checkpoint)[0]["progress"]["epoch"])

    def longer(self, max_epochs: int) -> None:
        """Let the run go on to another number of epochs."""
        changed = self.experiment().changed(training__max_epochs=max_epochs, output=".")
        self._write("experiment.json", changed.to_dict())

    def _write(self, name: str, data: Any) -> None:
        temporary = self.path / f".{name}.{os.getpid()}.tmp"
        try:
            temporary.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
            os.replace(temporary, self.path / name)
        finally:
            temporary.unlink(missing_ok=True)
