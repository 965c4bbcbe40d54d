"""The course's table: training error × validation error → cause → what to do, ranked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from regtrain.diagnose.error import Error

if TYPE_CHECKING:
    from regtrain.page.section import Section

__all__ = ["CAUSES", "TOLERANCE", "Circumstances", "Diagnosis", "Remedy", "diagnose"]

TOLERANCE = 0.05
"""How much of the error of a constant guess counts as high, unless said otherwise."""

CAUSES = ("high bias", "high variance", "high bias and high variance", "balanced", "not finite")

# Tones of a page's verdict.
_TONES = {"balanced": "good", "not finite": "bad"}


@dataclass(frozen=True)
class Remedy:
    """One thing to do: its name, why here, and the parameter to change."""

    name: str
    why: str
    setting: str = ""


@dataclass(frozen=True)
class Circumstances:
    """What is known about a run beside its errors; everything may be left unknown.

    Args:
        training_error_falls: whether the training error was still falling at the end.
        validation_error_rises: whether the validation error rose after its best epoch.
        early_stopping, augmented: whether these were on.
        l2: λ of the L2 penalty.
        dropout: the largest rate of a dropout layer.
        parameters: the number of weights and biases.
        examples: the number of training examples.
        more_data_helps: whether the learning curve still falls.
        unhealthy: what the health table complains about (saturated or dead units).
    """

    training_error_falls: bool | None = None
    validation_error_rises: bool | None = None
    early_stopping: bool = False
    augmented: bool = False
    l2: float = 0.0
    dropout: float = 0.0
    parameters: int | None = None
    examples: int | None = None
    more_data_helps: bool | None = None
    unhealthy: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """The cause, how sure it is, and the remedies, the most promising first.

    Attributes:
        cause: one of `CAUSES`.
        sure: whether the intervals leave no other cause.
        train, valid: both errors with their intervals.
        bias: training error above the target; variance: validation error above training error.
        limit: above it an error is high.
        target: the error that can be hoped for.
        remedies: what to do.
    """

    cause: str
    sure: bool
    train: Error
    valid: Error
    bias: Error
    variance: Error
    limit: float
    target: float
    remedies: tuple[Remedy, ...] = field(default=())

    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.cause == "not finite":
            return (
                "The error is not a finite number: training went wrong before it could be judged."
            )
        bias = "low" if self.bias.value <= self.limit else "high"
        gap = "low" if self.variance.value <= self.limit else "high"
        said = {
            "high bias": "The model has high bias (it underfits)",
            "high variance": "The model has high variance (it overfits)",
            "high bias and high variance": "The model has both high bias and high variance",
            "balanced": "The trade-off is right: you are done, or raise your aim",
        }[self.cause]
        doubt = "" if self.sure else " More examples could change this verdict: an interval "
        doubt += "" if self.sure else "includes the limit."
        return (
            f"{said}: training error {self.train.value:.4g} is {bias} and the gap to validation "
            f"error {self.valid.value:.4g} is {gap} (limit {self.limit:.4g}).{doubt}"
        )

    def __str__(self) -> str:
        lines = [self.sentence()]
        lines += [
            f"  {number}. {remedy.name}: {remedy.why}"
            + (f" [{remedy.setting}]" if remedy.setting else "")
            for number, remedy in enumerate(self.remedies, 1)
        ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        """Plain data."""

        def numbers(error: Error) -> dict[str, float]:
            return {"value": error.value, "low": error.low, "high": error.high}

        return {
            "cause": self.cause,
            "sure": self.sure,
            "train": numbers(self.train),
            "valid": numbers(self.valid),
            "bias": numbers(self.bias),
            "variance": numbers(self.variance),
            "limit": self.limit,
            "target": self.target,
            "remedies": [vars(remedy) for remedy in self.remedies],
        }

    def section(self) -> Section:
        """The diagnosis as a section of a page."""
        from regtrain.page.section import Section

        section = Section("Diagnosis")
        section.verdict(self.sentence(), _TONES.get(self.cause, "warn"))
        section.table(
            ("what", "value", "95 % from", "to", "verdict"),
            [
                ("training error", self.train.value, self.train.low, self.train.high, ""),
                ("validation error", self.valid.value, self.valid.low, self.valid.high, ""),
                (f"bias: training error above the target {self.target:.4g}", self.bias.value,
                 self.bias.low, self.bias.high, self._word(self.bias)),
                ("variance: validation above training error", self.variance.value,
                 self.variance.low, self.variance.high, self._word(self.variance)),
            ],
        )  # fmt: skip
        if self.remedies:
            section.heading("What to do, the most promising first")
            rows = [(r.name, r.why, f"`{r.setting}`" if r.setting else "") for r in self.remedies]
            section.table(("remedy", "why", "setting"), rows)
        return section

    def _word(self, error: Error) -> str:
        if not math.isfinite(error.value):
            return "not finite"
        word = "high" if error.value > self.limit else "low"
        return word if _clear(error, self.limit) else f"{word}, not sure"


def _clear(error: Error, limit: float) -> bool:
    return error.low > limit or error.high <= limit


def diagnose(
    train: Error,
    valid: Error,
    *,
    guess: float = 1.0,
    target: float = 0.0,
    tolerance: float | None = None,
    circumstances: Circumstances | None = None,
) -> Diagnosis:
    """Name the cause of a run's errors and rank the remedies.

    Training error is *high* when it exceeds ``target`` by more than the limit, and so is the gap
    from training to validation error. (The course's table, with A. Ng's reading of it: the second
    row is about the gap, not about the validation error alone.)

    Args:
        train, valid: errors of the same kind, measured in inference mode.
        guess: the error of the best constant prediction (a class, or the mean).
        target: the error that can be hoped for (a human's, or of the noise; default 0).
        tolerance: the limit; default: 5 % of ``guess``.
        circumstances: what else is known; it ranks the remedies.

    >>> str(diagnose(Error.of_rate(150, 1000), Error.of_rate(160, 1000), guess=0.5)).split(":")[0]
    'The model has high bias (it underfits)'
    """
    if not guess > 0:
        raise ValueError(f"guess must be above 0, got {guess}: with it, nothing is left to learn")
    if tolerance is not None and not tolerance > 0:
        raise ValueError(f"tolerance must be above 0, got {tolerance}")
    limit = TOLERANCE * guess if tolerance is None else tolerance
    bias, variance = train.shifted(target), valid.minus(train)
    known = circumstances or Circumstances()
    if not (math.isfinite(train.value) and math.isfinite(valid.value)):
        cause, sure = "not finite", True
    else:
        high = (bias.value > limit, variance.value > limit)
        cause = {
            (True, False): "high bias",
            (False, True): "high variance",
            (True, True): "high bias and high variance",
            (False, False): "balanced",
        }[high]
        sure = _clear(bias, limit) and _clear(variance, limit)
    remedies: list[Remedy] = []
    if cause == "not finite":
        remedies = [
            Remedy("Lower the learning rate", "a step that is too long makes losses explode", "learning_rate"),
            Remedy("Scale the inputs", "large inputs make large steps", "scale"),
            Remedy("Clip the gradient", "one bad batch then cannot ruin the run", "clip_norm"),
        ]  # fmt: skip
    if "bias" in cause:
        remedies += _against_bias(known)
    if "variance" in cause:
        remedies += _against_variance(known)
    return Diagnosis(cause, sure, train, valid, bias, variance, limit, target, tuple(remedies))


def _against_bias(known: Circumstances) -> list[Remedy]:
    longer = Remedy(
        "Train for more epochs",
        "the training error was still falling"
        if known.training_error_falls
        else "the training error has levelled off, so this comes late"
        if known.training_error_falls is False
        else "the training error may still fall",
        "max_epochs",
    )
    larger = Remedy(
        "Increase model complexity",
        "more units or layers can follow the data more closely"
        + (f" ({known.parameters:,} parameters now)" if known.parameters else ""),
        "hidden",
    )
    # Ranks, the smallest first; a remedy that the circumstances ask for moves up.
    ranked = [(1.0 if known.training_error_falls is not False else 5.0, longer), (2.0, larger)]
    if known.unhealthy:
        health = Remedy("Repair the units that do not learn", known.unhealthy, "init, activation")
        ranked.append((0.5, health))
    if known.l2 > 0 or known.dropout > 0 or known.augmented:
        parts = [
            f"L2 {known.l2:.3g}" if known.l2 else "",
            f"dropout {known.dropout:.3g}" if known.dropout else "",
            "augmentation" if known.augmented else "",
        ]
        given = list(filter(None, parts))
        why = f"{', '.join(given)} {'holds' if len(given) == 1 else 'hold'} the model back"
        ranked.append((3.0, Remedy("Regularize less", why, "l2, dropout, augment")))
    ranked.append(
        (
            4.0,
            Remedy(
                "Try another optimizer or learning rate",
                "a better minimum may be near",
                "optimizer",
            ),
        )
    )
    return [remedy for _, remedy in sorted(ranked, key=lambda pair: pair[0])]


def _against_variance(known: Circumstances) -> list[Remedy]:
    ranked = [
        (
            3.5 if known.augmented else 1.0,
            Remedy(
                "Augment the data more strongly" if known.augmented else "Augment the data",
                "varied copies make it harder to drive the training error to zero and come nearer "
                "to the validation data",
                "augment",
            ),
        ),
        (
            3.0 if known.l2 > 0 and known.dropout > 0 else 2.0,
            Remedy(
                "Use regularization",
                "stronger than now" if known.l2 or known.dropout else "L2 and dropout are off",
                "l2, dropout",
            ),
        ),
    ]
    if not known.early_stopping:
        why = "train less"
        if known.validation_error_rises:
            why = "the validation error rose after its best epoch"
        rank = 0.5 if known.validation_error_rises else 2.5
        ranked.append((rank, Remedy("Use early stopping", why, "early_stopping")))
    data = {
        True: (0.8, "the learning curve still falls"),
        False: (6.0, "but the learning curve is flat, so expect little"),
        None: (4.0, "the surest way, where it can be had"),
    }[known.more_data_helps]
    more = f" ({known.examples:,} examples now)" if known.examples else ""
    ranked.append((data[0], Remedy("Add more training data", data[1] + more)))
    ranked.append((5.0, Remedy("Use a smaller model", "fewer parameters vary less", "hidden")))
    return [remedy for _, remedy in sorted(ranked, key=lambda pair: pair[0])]
