"""Which augmentations and regularizers help this data: each added and left out in turn, over seeds.

Every comparison is between runs with the same seed, so split, initial weights and order are the
same and only the lever differs; the intervals are Student's for the paired differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from regtrain.charts import Chart
from regtrain.experiment.notebook import Notebook
from regtrain.experiment.read import Experiment
from regtrain.page import Section

__all__ = ["Ablation", "Effect", "Lever", "ablate", "levers"]

CONFIDENCE = 0.95

# What a regularizer is set to when the experiment leaves it off, and what "off" is.
_STRENGTHS: dict[str, tuple[Any, Any]] = {
    "training__l2": (1e-3, 0.0),
    "model__dropout": (0.2, 0.0),
    "model__batch_norm": (True, False),
    "training__early_stopping": (5, None),
    "training__label_smoothing": (0.1, 0.0),
}


@dataclass(frozen=True)
class Lever:
    """One thing that can be on or off.

    Attributes:
        name: what it is called in the table.
        mine: whether the experiment has it on.
        on, off: an experiment with it switched.
    """

    name: str
    mine: bool
    on: Callable[[Experiment], Experiment]
    off: Callable[[Experiment], Experiment]


@dataclass(frozen=True)
class Effect:
    """By how much the validation error changes, over seeds; below 0 helps.

    >>> effect = Effect.of([-0.02, -0.03, -0.025])
    >>> effect.verdict, round(effect.mean, 3)
    ('helps', -0.025)
    """

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, differences: Sequence[float]) -> Effect:
        """Mean and Student's 95 % interval of paired differences; no bounds where too few are known."""
        from scipy.stats import t

        count = len(differences)
        middle = mean(differences)
        if count < 2:
            return cls(middle, -math.inf, math.inf)
        if middle and count < 5 and stdev(differences) == 0:
            # Rates come in steps; that a few fell on the same one says nothing about their spread.
            return cls(middle, -math.inf, math.inf)
        half = float(t.ppf(0.5 + CONFIDENCE / 2, count - 1)) * stdev(differences) / math.sqrt(count)
        return cls(middle, middle - half, middle + half)

    @property
    def verdict(self) -> str:
        """``helps``, ``hurts`` or ``unclear``: whether the interval leaves out zero."""
        if self.high < 0:
            return "helps"
        return "hurts" if self.low > 0 else "unclear"

    def __str__(self) -> str:
        if math.isinf(self.low):
            return f"{100 * self.mean:+.2f} [unknown]"
        return f"{100 * self.mean:+.2f} [{100 * self.low:+.2f}, {100 * self.high:+.2f}]"


def levers(experiment: Experiment) -> list[Lever]:
    """Every regularizer, and every step of the experiment's augmentation."""
    free = experiment.model["layers"] is not None  # then dropout and batch norm are layers there
    found = [
        _setting(name, experiment)
        for name in _STRENGTHS
        if not (free and name.startswith("model__"))
    ]
    if experiment.data["task"] == "regression":
        found = [lever for lever in found if not lever.name.startswith("label_smoothing")]
    steps = [] if experiment.augment is None else experiment.augment["pipeline"]
    found += [_step(position, experiment.augment or {}) for position in range(len(steps))]
    return found


def _setting(name: str, experiment: Experiment) -> Lever:
    section, key = name.split("__")
    usual, off = _STRENGTHS[name]
    value = getattr(experiment, section)[key]
    on = usual if value == off else value
    label = f"{key} {on}" if not isinstance(on, bool) else key
    return Lever(
        label,
        value != off,
        lambda given: given.changed(**{name: on}),
        lambda given: given.changed(**{name: off}),
    )


def _step(position: int, augment: dict[str, Any]) -> Lever:
    steps = augment["pipeline"]
    step = steps[position]
    name = step if isinstance(step, str) else next(iter(step))

    def places(given: Experiment) -> list[Any]:
        return [] if given.augment is None else given.augment["pipeline"]

    def with_steps(given: Experiment, chosen: list[Any]) -> Experiment:
        return given.changed(augment={**augment, "pipeline": chosen} if chosen else None)

    def on(given: Experiment) -> Experiment:
        # Steps keep the order of the file.
        there = [item for item in steps if item is step or item in places(given)]
        return with_steps(given, there)

    def off(given: Experiment) -> Experiment:
        return with_steps(given, [item for item in places(given) if item != step])

    return Lever(name, True, on, off)


@dataclass(frozen=True)
class Ablation:
    """The effects of all levers.

    Attributes:
        added: the effect of each lever alone, against an experiment with none.
        left_out: what leaving it out does to the experiment as it stands; for levers that the
            experiment has off, what adding them does (then below 0 is a reason to add it).
        bare, full: mean validation errors without any lever and as the experiment stands.
    """

    levers: tuple[Lever, ...]
    added: tuple[Effect, ...]
    left_out: tuple[Effect, ...]
    bare: float
    full: float
    seeds: int

    def advice(self, index: int) -> str:
        """What to do with a lever in the experiment as it stands."""
        lever, effect = self.levers[index], self.left_out[index]
        if lever.mine:
            return {"helps": "leave it out", "hurts": "keep it", "unclear": "no clear effect"}[
                effect.verdict
            ]
        return {"helps": "add it", "hurts": "leave it off", "unclear": "no clear effect"}[
            effect.verdict
        ]

    def section(self) -> Section:
        """Table and plot."""
        section = Section(
            "What helps this data",
            f"Change of the validation error in percentage points (below 0 is better), mean and 95 % "
            f"interval over {self.seeds} seeds. Without any of these the error is {self.bare:.2%}, "
            f"as the experiment stands {self.full:.2%}.",
            name="Ablation",
        )
        names = [lever.name for lever in self.levers]
        rows = [
            (name, str(self.added[i]), "left out" if self.levers[i].mine else "added",
             str(self.left_out[i]), self.advice(i))
            for i, name in enumerate(names)
        ]  # fmt: skip
        section.table(
            ("lever", "alone, against none", "in the experiment", "effect of that", "advice"), rows
        )
        for title, effects in (("Each alone", self.added), ("Each switched", self.left_out)):
            places = range(len(names))
            scaled = [(100 * e.mean, 100 * e.low, 100 * e.high) for e in effects]
            section.chart(
                Chart(title, x="", y="change of the error, points", labels=names)
                .points(
                    places,
                    [value for value, _, _ in scaled],
                    band=([low for _, low, _ in scaled], [high for _, _, high in scaled]),
                )
                .guide(y=0)
            )
        return section


def ablate(
    experiment: Experiment,
    notebook: Notebook,
    *,
    seeds: int = 5,
    progress: Callable[[str], None] = lambda message: None,
) -> Ablation:
    """Switch every lever, alone and in the experiment, once per seed.

    Args:
        experiment: the experiment as it stands.
        notebook: trains, and remembers what has been trained.
        seeds: how many runs per setting, at least 2 (default 5); more make narrower intervals.
        progress: called with a line of words before each run.
    """
    if seeds < 2:
        raise ValueError(f"seeds must be at least 2, got {seeds}: one run of a small net is noise")
    found = levers(experiment)
    bare = experiment
    for lever in found:
        bare = lever.off(bare)

    def errors(setting: Experiment, name: str) -> Iterator[float]:
        for seed in range(experiment.seed, experiment.seed + seeds):
            progress(f"{name}, seed {seed}")
            yield notebook(setting.changed(seed=seed)).valid_error

    def effect(setting: Experiment, reference: list[float], name: str) -> Effect:
        changed = errors(setting, name)
        return Effect.of([mine - theirs for mine, theirs in zip(changed, reference, strict=True)])

    none = list(errors(bare, "none of them"))
    full = list(errors(experiment, "as it stands"))
    added, left_out = [], []
    for lever in found:
        added.append(effect(lever.on(bare), none, f"{lever.name} alone"))
        switched = lever.off(experiment) if lever.mine else lever.on(experiment)
        left_out.append(effect(switched, full, f"{lever.name} {'off' if lever.mine else 'on'}"))
    return Ablation(tuple(found), tuple(added), tuple(left_out), mean(none), mean(full), seeds)
