"""The course's slide of hyper-parameters, searched: with Optuna, pruned, resumable, reported."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from augkit.core.errors import MissingPartError, RefusedError
from regtrain.charts import Chart
from regtrain.experiment.notebook import Outcome
from regtrain.experiment.read import Experiment
from regtrain.page import Section
from regtrain.slide import SLIDE, suggest

__all__ = ["Training", "Trial", "Tuning", "tune"]

STOCHASTIC_MOST = 5000
"""With more examples than these the stochastic strategy is not tried."""


class Training(Protocol):
    """Trains an experiment; ``on_epoch(epoch, validation error)`` says whether to go on."""

    def __call__(
        self, experiment: Experiment, on_epoch: Callable[[int, float], bool] | None = None
    ) -> Outcome: ...


@dataclass(frozen=True)
class Trial:
    """One setting that was tried.

    Attributes:
        number: counted from 0.
        parameters: what was chosen.
        error: the validation error, or the last one before it was pruned; None if it failed.
        state: ``complete``, ``pruned`` or ``fail``.
    """

    number: int
    parameters: dict[str, Any]
    error: float | None
    state: str


@dataclass(frozen=True)
class Tuning:
    """What a search found.

    Attributes:
        best: the experiment with the best settings.
        trials: all of them, in order.
    """

    best: Experiment
    trials: tuple[Trial, ...]

    @property
    def finished(self) -> list[Trial]:
        """The trials that ran to their end, the best first."""
        done = [t for t in self.trials if t.state == "complete" and t.error is not None]
        return sorted(done, key=lambda trial: (trial.error, trial.number))

    def section(self) -> Section:
        """The best settings, how the search went, and what each choice brought."""
        from augkit.core.spec_write import write

        pruned = sum(trial.state == "pruned" for trial in self.trials)
        section = Section(
            "What the search found",
            f"{len(self.trials)} settings tried, {pruned} of them given up early because others were "
            "better at the same epoch. The validation error chose among them, so the test error will "
            "be somewhat higher.",
            name="Tuning",
        )
        ranked = self.finished
        best = ranked[0]
        section.verdict(f"Best validation error {best.error:.4g}, trial {best.number}.", "good")
        if not any(trial.parameters.get("batch_size") == 1 for trial in self.trials):
            section.say(
                "No trial was stochastic (one example per step); that is tried with up to "
                f"{STOCHASTIC_MOST:,} examples."
            )
        names = [name for group in SLIDE.values() for name in group if name in best.parameters]
        section.table(
            ("slide", "parameter", "best"),
            [
                (slide, name, _shown(best.parameters[name]))
                for slide, group in SLIDE.items()
                for name in group
                if name in best.parameters
            ],
        )
        errors = [(t.number, t.error) for t in self.trials if t.error is not None]
        section.chart(
            Chart("The search", x="trial", y="validation error")
            .points([n for n, _ in errors], [e for _, e in errors], "a trial")
            .line(
                [t.number for t in self.trials if t.state == "complete"],
                itertools.accumulate(
                    (t.error for t in self.trials if t.state == "complete" and t.error is not None),
                    min,
                ),
                "best so far",
            )
        )
        for name in ("optimizer", "activation", "init", "batch_size", "layers"):
            chart = self._choices(name)
            if chart is not None:
                section.chart(chart)
        section.table(
            ("trial", "error", *names),
            [
                (t.number, t.error, *(_shown(t.parameters.get(name)) for name in names))
                for t in ranked[:10]
            ],
            caption="The ten best.",
        )
        section.code(
            write(self.best.to_dict(), "yaml").rstrip("\n"), "The best experiment as a file"
        )
        return section

    def _choices(self, name: str) -> Chart | None:
        """The errors of finished trials by one choice."""
        groups: dict[Any, list[float]] = {}
        for trial in self.finished:
            if name in trial.parameters and trial.error is not None:
                groups.setdefault(trial.parameters[name], []).append(trial.error)
        if len(groups) < 2:
            return None
        ordered = sorted(groups, key=lambda value: (isinstance(value, str), value))
        chart = Chart(f"By {name}", y="validation error", labels=[_shown(v) for v in ordered])
        pairs = [(at, e) for at, value in enumerate(ordered) for e in groups[value]]
        chart.points([at for at, _ in pairs], [e for _, e in pairs])
        return chart


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise MissingPartError(
            "tuning needs Optuna; install it with: pip install 'augkit[tune]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def tune(
    experiment: Experiment,
    train: Training,
    *,
    trials: int = 50,
    examples: int | None = None,
    journal: Path | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> Tuning:
    """Search the slide's hyper-parameters for the least validation error.

    Args:
        experiment: what stays as it is: data, seed, and the augmentation that may be left out.
        train: trains one setting; it is told epoch by epoch whether to go on.
        trials: how many settings there are in the end (default 50). With a journal that already
            holds some, only the rest is run.
        examples: how many there are to train on. With more than 5,000, or unknown (None), the
            stochastic strategy is left out: it takes so many steps per epoch.
        journal: a file that a later call continues from.
        progress: called with a line of words after each trial.

    Raises:
        MissingPartError: Optuna is not installed.
        RefusedError: the journal is of another experiment.
    """
    if trials < 1:
        raise ValueError(f"trials must be at least 1, got {trials}")
    optuna = _optuna()
    stochastic = examples is not None and examples <= STOCHASTIC_MOST
    storage = None
    if journal is not None:
        journal.parent.mkdir(parents=True, exist_ok=True)
        backend = optuna.storages.journal.JournalFileBackend(str(journal))
        storage = optuna.storages.JournalStorage(backend)
    done = 0
    name = "regtrain"
    if storage is not None and any(s.study_name == name for s in storage.get_all_studies()):
        done = len(optuna.load_study(study_name=name, storage=storage).get_trials(deepcopy=False))
    study = optuna.create_study(
        study_name=name,
        storage=storage,
        load_if_exists=True,
        # Another seed for each beginning, or a resumed search would repeat its first choices.
        sampler=optuna.samplers.TPESampler(seed=(experiment.seed + 1000 * done) % 2**32),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3),
    )
    known = study.user_attrs.get("experiment")
    mine = experiment.changed(output="").to_dict()
    if known is not None and known != mine:
        raise RefusedError(f"{journal} is a search of another experiment; give another output")
    study.set_user_attr("experiment", mine)

    def objective(trial: Any) -> float:
        setting = suggest(trial, experiment, stochastic)

        def on_epoch(epoch: int, error: float) -> bool:
            trial.report(error, epoch)
            return not trial.should_prune()

        outcome = train(setting, on_epoch)
        if outcome.stop_reason == "pruned":
            raise optuna.TrialPruned
        return outcome.valid_error

    def told(_: Any, trial: Any) -> None:
        value = "" if trial.value is None else f" {trial.value:.4g}"
        progress(f"trial {trial.number}: {trial.state.name.lower()}{value}")

    states = optuna.trial.TrialState
    ended = [t for t in study.get_trials(deepcopy=False) if t.state.is_finished()]
    if len(ended) < trials:
        study.optimize(objective, n_trials=trials - len(ended), callbacks=[told])
    if not study.get_trials(deepcopy=False, states=(states.COMPLETE,)):
        raise RefusedError("no trial ran to its end; allow more of them")
    return Tuning(
        suggest(optuna.trial.FixedTrial(study.best_params), experiment, stochastic),
        tuple(_plain(trial) for trial in study.get_trials() if trial.state.is_finished()),
    )


def _plain(trial: Any) -> Trial:
    last = max(trial.intermediate_values, default=None)
    error = (
        trial.value if last is None or trial.value is not None else trial.intermediate_values[last]
    )
    parameters = {
        "learning_rate" if name.startswith("learning_rate") else name: value
        for name, value in trial.params.items()
    }
    return Trial(trial.number, parameters, error, trial.state.name.lower())
