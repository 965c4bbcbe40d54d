"""Before training: what is already wrong, each check leaving the model untouched."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from regtrain.data.normalizer import Normalizer
from regtrain.data.samples import Samples
from regtrain.data.subset import scattered
from regtrain.diagnose.step import loss_and_gradient
from regtrain.diagnose.twin import twin
from regtrain.diagnose.units import saturation, units_of
from regtrain.layers.embedding import Embedding

if TYPE_CHECKING:
    from regtrain.page.section import Section
    from regtrain.trainer import Trainer

__all__ = ["Checkup", "Finding", "doctor"]

LOOKED_AT = 1000
MOST = 10_000
STATES = ("good", "warn", "bad")


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        check: its name.
        state: ``good``, ``warn`` or ``bad``.
        said: what was measured and what was expected.
        remedy: what to do; empty where nothing is to be done.
    """

    check: str
    state: str
    said: str
    remedy: str = ""

    def __str__(self) -> str:
        mark = {"good": "✓", "warn": "!", "bad": "✗"}[self.state]
        return f"{mark} {self.check}: {self.said}" + (f". {self.remedy}" if self.remedy else "")


@dataclass(frozen=True)
class Checkup:
    """All findings, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is bad."""
        return all(finding.state != "bad" for finding in self.findings)

    def __getitem__(self, check: str) -> Finding:
        return next(finding for finding in self.findings if finding.check == check)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))

    def section(self) -> Section:
        """The findings as a section of a page."""
        from regtrain.page.section import Section

        section = Section("Before training")
        words = {"good": "good", "warn": "look at it", "bad": "wrong"}
        section.table(
            ("check", "verdict", "measured", "what to do"),
            [(f.check, words[f.state], f.said, f.remedy) for f in self.findings],
        )
        return section


def doctor(trainer: Trainer, data: tuple[Any, Any], *, seed: int = 0) -> Checkup:
    """Examine a trainer and its data before training; both are left as they are.

    Checks inputs, gradients (float64, block by block), the loss at the start against the best constant
    guess (ln C for C equally frequent classes), that L2 raises the loss, that one batch can be
    learned by heart, symmetry, and dead or saturated units.

    Args:
        trainer: with its model, loss and l2; the model may be built or not.
        data: (x, y) of the training part.
        seed: of what is looked at (default 0).

    >>> import numpy as np
    >>> from regtrain import Dense, ReLU, Sequential, Trainer
    >>> x = np.random.default_rng(0).standard_normal((200, 5)).astype(np.float32)
    >>> trainer = Trainer(Sequential(Dense(20), ReLU(), Dense(2)))
    >>> doctor(trainer, (x, (x[:, 0] > 0).astype(int))).healthy
    True
    """
    y = np.asarray(data[1])
    if len(data[0]) != len(y) or not len(y):
        raise ValueError(
            f"data must be as many labels as examples, got {len(data[0])} and {len(y)}"
        )
    y = y[:MOST]
    if trainer.features is None:
        x = np.asarray(data[0])[:MOST]
    else:
        samples = Samples(data[0], trainer.features)
        x = samples.numbers(samples.raw(np.arange(len(y))))
    if x.dtype.kind in "fiub" and not isinstance(trainer.model.layers[0], Embedding):
        finite = x.dtype.kind != "f" or bool(np.isfinite(x).all())
        x = Normalizer.fit(x, trainer.normalize)(x) if finite else x  # as the model will get it
    findings = [_inputs(x)]
    if "NaN" not in findings[0].said:
        findings += [
            _gradients(trainer, x, y, seed),
            _first_loss(trainer, x, y),
            _penalty(trainer, x, y),
            _one_batch(trainer, x, y),
            _symmetry(trainer, x),
            *_units(trainer, x),
        ]
    return Checkup(tuple(findings))


def _inputs(x: Any) -> Finding:
    """Scale, constant features, and what is not a number."""
    if x.dtype.kind != "f":
        return Finding("inputs", "good", f"whole numbers from {x.min()} to {x.max()}")
    odd = int(np.count_nonzero(~np.isfinite(x)))
    if odd:
        where = int(np.argwhere(~np.isfinite(x))[0][0])
        said = f"{odd} are NaN or infinite, the first in example {where}"
        return Finding("inputs", "bad", said, "Remove or fill them")
    flat = x.reshape(len(x), -1)
    spread = flat.std(0, dtype=np.float64)
    mean, std, largest = (
        float(flat.mean(dtype=np.float64)),
        float(flat.std(dtype=np.float64)),
        float(np.abs(flat).max()),
    )
    constant = int((spread == 0).sum())
    said = f"mean {mean:.3g}, std {std:.3g}, largest {largest:.3g}"
    if constant:
        said += f", {constant} of {spread.size} features constant"
    if largest > 30 or std > 10 or abs(mean) > 5 * max(std, 1e-12):
        return Finding("inputs", "bad", said, "Scale them to mean 0 and std 1")
    if std < 0.03 or constant == spread.size:
        return Finding("inputs", "bad", said, "Scale them: there is hardly any signal")
    if constant > spread.size / 2:
        return Finding("inputs", "warn", said, "Leave constant features out")
    return Finding("inputs", "good", said)


def _gradients(trainer: Trainer, x: Any, y: Any, seed: int) -> Finding:
    from regtrain.gradients import gradient_check

    model = twin(trainer.model, shape=x.shape[1:], seed=trainer.seed)
    few = _few(trainer, y, 8)
    found = gradient_check(
        model, x[few], y[few], trainer.loss, l2=trainer.l2, per_block=12, seed=seed
    )
    name = max(found.errors, key=lambda each: found.errors[each])
    said = f"largest relative error {found.worst:.1e} ({name})"
    said += f", {found.kinks} kinks left out" if found.kinks else ""
    # CS231n's reading: below 1e-7 happy, below 1e-4 fine where there are kinks, above 1e-2 wrong.
    if found.worst < 1e-5:
        return Finding("gradients", "good", said)
    state = "warn" if found.worst < 1e-3 else "bad"
    return Finding("gradients", state, said, "Compare forward and backprop of that layer")


def _few(trainer: Trainer, y: Any, count: int) -> Any:
    """Some examples, of different classes where there are classes."""
    if trainer.loss.classifies and y.ndim == 1:
        _, first = np.unique(y, return_index=True)
        rest = np.setdiff1d(np.arange(min(len(y), 10 * count)), first)
        return np.sort(np.concatenate([first[:count], rest])[:count])
    return np.arange(min(count, len(y)))


def guess_loss(trainer: Trainer, y: Any, output_shape: tuple[int, ...]) -> tuple[float, str]:
    """The loss of the best constant outputs, and its name."""
    targets = trainer.loss.targets(y, output_shape, np.float64)
    if trainer.loss.classifies and targets.ndim == 1:
        shares = np.bincount(targets, minlength=output_shape[-1]) / len(targets)
        entropy = float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
        classes = int((shares > 0).sum())
        even = math.isclose(entropy, math.log(max(classes, 1)), rel_tol=0.02)
        return entropy, f"ln {classes}" if even else "the entropy of the classes"
    middle = targets.mean(0, keepdims=True)
    if trainer.loss.classifies:
        middle = np.log(np.clip(middle, 1e-7, 1) / np.clip(1 - middle, 1e-7, 1))
    outputs = np.repeat(np.asarray(middle, np.float64), len(targets), 0)
    return float(trainer.loss(outputs, targets)), "that of a constant guess"


def _first_loss(trainer: Trainer, x: Any, y: Any) -> Finding:
    model = twin(trainer.model, shape=x.shape[1:], seed=trainer.seed)
    few = scattered(len(y), LOOKED_AT)
    expected, name = guess_loss(trainer, y[few], model.output_shape)
    targets = trainer.loss.targets(y[few], model.output_shape, model.dtype)
    value = float(trainer.loss(model.outputs(x[few]), targets))
    said = f"{value:.3f}, {name} is {expected:.3f}"
    if not math.isfinite(value):
        return Finding("loss at start", "bad", said, "Scale the inputs, begin with smaller weights")
    if expected == 0:
        return Finding("loss at start", "bad", "all targets are alike", "There is nothing to learn")
    if value > 3 * expected:
        return Finding(
            "loss at start", "bad", said, "Begin with smaller weights, or scale the targets"
        )
    if value > 1.7 * expected:
        return Finding(
            "loss at start", "warn", said, "Begin with smaller weights in the last layer"
        )
    return Finding("loss at start", "good", said)


def _penalty(trainer: Trainer, x: Any, y: Any) -> Finding:
    model = twin(trainer.model, shape=x.shape[1:], seed=trainer.seed)
    few = _few(trainer, y, 64)
    plain, more = (
        loss_and_gradient(model, trainer.loss, x[few], y[few], l2=value)()
        for value in (0.0, max(trainer.l2, 1e-3))
    )
    said = f"loss {plain:.4g} without, {more:.4g} with λ = {max(trainer.l2, 1e-3):g}"
    if more > plain:
        return Finding("L2 raises the loss", "good", said)
    remedy = "All weights are zero: begin with others"
    return Finding("L2 raises the loss", "bad", said, remedy)


def _one_batch(trainer: Trainer, x: Any, y: Any, steps: int = 400) -> Finding:
    from regtrain.layers.dropout import Dropout
    from regtrain.optimizers import Adam

    few = _few(trainer, y, 20)
    model = twin(trainer.model, shape=x.shape[1:], seed=trainer.seed, without=(Dropout,))
    step = loss_and_gradient(model, trainer.loss, x[few], y[few])
    optimizer = Adam(0.01)
    moments = np.zeros((optimizer.moments, model.parameters.size), model.dtype)
    first = last = step()
    count = 0
    while count < steps and last > 0.02 * first and math.isfinite(last):
        count += 1
        optimizer.step(model.parameters, model.gradients, moments, 0.01, count, model.decayed)
        last = step()
    said = f"loss {first:.3g} → {last:.3g} on {len(few)} examples in {count} steps"
    if last <= 0.1 * first:
        return Finding("one batch by heart", "good", said)
    state = "warn" if last < 0.5 * first else "bad"
    remedy = "The network cannot learn even these: check labels, layers, initialization"
    return Finding("one batch by heart", state, said, remedy)


def _symmetry(trainer: Trainer, x: Any) -> Finding:
    model = twin(trainer.model, shape=x.shape[1:], seed=trainer.seed)
    equal = []
    for place in model.places:
        w = model.parameters[place.where].reshape(-1, place.block.shape[-1])
        if place.block.decays and w.shape[1] > 1 and (w == w[:, :1]).all():
            equal.append(place.layer)
    if not equal:
        return Finding("symmetry", "good", "the units of every layer begin different")
    said = f"all units of {', '.join(equal)} begin equal, and will stay so"
    return Finding("symmetry", "bad", said, "Begin with He's or Xavier's weights")


def _units(trainer: Trainer, x: Any) -> list[Finding]:
    model = twin(trainer.model, shape=x.shape[1:], seed=trainer.seed)
    found = []
    for name, layer, outputs in units_of(model, x[scattered(len(x), LOOKED_AT)]):
        dead, saturated = saturation(layer, outputs)
        said = f"{dead:.0%} dead, {saturated:.0%} saturated"
        if dead > 0.4 or saturated > 0.5:
            found.append(Finding(name, "bad", said, "Begin with smaller weights, scale the inputs"))
        elif dead > 0.1 or saturated > 0.1:
            found.append(Finding(name, "warn", said, "Watch it: the health table follows it"))
        else:
            found.append(Finding(name, "good", said))
    return found
