"""How each layer fares, epoch by epoch: activations, saturation, gradients, updates."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from regtrain.data.subset import scattered
from regtrain.diagnose.units import saturation
from regtrain.layers.activations import Activation
from regtrain.layers.base import Context, Workspace
from regtrain.training.callbacks import Callback

if TYPE_CHECKING:
    from regtrain.page.section import Section
    from regtrain.training.fit import Fit

__all__ = ["Health", "Vital"]

LOOKED_AT = 256


@dataclass(frozen=True)
class Vital:
    """One layer after one epoch.

    Attributes:
        epoch: counted from 1.
        layer: its name.
        mean, std: of its outputs.
        saturated: share of outputs where the activation's slope has almost vanished.
        dead: share of units that are 0 on every example.
        gradient: norm of the gradient of its weights; None where it has none.
        update: norm of the last update of its weights over the norm of the weights; about 0.001
            is usual (CS231n).
    """

    epoch: int
    layer: str
    mean: float
    std: float
    saturated: float
    dead: float
    gradient: float | None
    update: float | None


@dataclass
class Health(Callback):
    """Give it to ``Trainer.fit(callbacks=[Health()])``; training is the same with and without it.

    Attributes:
        vitals: one per layer and epoch.

    >>> from regtrain import Dense, ReLU, Sequential, Trainer
    >>> x = np.random.default_rng(0).standard_normal((100, 5)).astype(np.float32)
    >>> health = Health()
    >>> trainer = Trainer(Sequential(Dense(8), ReLU(), Dense(2)), max_epochs=2)
    >>> _ = trainer.fit((x, (x[:, 0] > 0).astype(int)), callbacks=[health])
    >>> [vital.layer for vital in health.vitals if vital.epoch == 2]
    ['dense1', 'relu1', 'dense2']
    """

    vitals: list[Vital] = field(default_factory=list)
    _before: Any = field(default=None, repr=False)
    _steps: int = field(default=0, repr=False)
    _inputs: Any = field(default=None, repr=False)

    def on_step(self, fit: Fit, loss: float) -> str | None:
        """Remember the weights before the last update of an epoch."""
        if not self._steps:
            self._steps = len(fit.parts(fit.progress.epoch))
        if fit.progress.batch == self._steps - 1:
            self._before = fit.trainer.model.parameters.copy()
        return None

    def on_epoch(self, fit: Fit, record: dict[str, float]) -> str | None:
        """Look at every layer."""
        model, loss = fit.trainer.model, fit.trainer.loss
        samples, targets = fit.data.monitored
        few = scattered(len(samples), LOOKED_AT)
        if self._inputs is None:
            self._inputs = next(fit.data.inputs(samples.at(few), model.dtype, LOOKED_AT)).copy()
        x, y = self._inputs, targets[few]
        kept = model.gradients.copy()
        workspace = Workspace(model.dtype)
        outputs, backprop = model.forward(x.copy(), Context(workspace=workspace))
        upstream = np.empty_like(outputs)
        loss(outputs, y, None, upstream)
        backprop(upstream)
        gradients: dict[str, float] = {}
        updates: dict[str, float] = {}
        for place in model.places:
            if not place.block.decays:
                continue
            w = model.parameters[place.where]
            gradients[place.layer] = float(np.linalg.norm(model.gradients[place.where]))
            if self._before is not None:
                moved = float(np.linalg.norm(w - self._before[place.where]))
                updates[place.layer] = moved / max(float(np.linalg.norm(w)), 1e-12)
        model.gradients[:] = kept
        if self._steps == 1:
            self._before = model.parameters.copy()
        for name, values in model.trace(x.copy(), Context(workspace=Workspace(model.dtype))):
            layer = model.layer(name)
            dead, saturated = (
                saturation(layer, values) if isinstance(layer, Activation) else (0.0, 0.0)
            )
            self.vitals.append(
                Vital(
                    fit.progress.epoch,
                    name,
                    float(values.mean(dtype=np.float64)),
                    float(values.std(dtype=np.float64)),
                    saturated,
                    dead,
                    gradients.get(name),
                    updates.get(name),
                )
            )
        return None

    def complaint(self) -> str:
        """What is wrong after the last epoch, in words; empty if nothing is."""
        said = []
        for vital in self.last():
            if vital.dead > 0.4:
                said.append(f"{vital.dead:.0%} of the units of {vital.layer} are dead")
            if vital.saturated > 0.5:
                said.append(f"{vital.saturated:.0%} of the outputs of {vital.layer} are saturated")
        return "; ".join(said)

    def last(self) -> list[Vital]:
        """The vitals of the last epoch."""
        return [vital for vital in self.vitals if vital.epoch == self.vitals[-1].epoch]

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data."""
        return [asdict(vital) for vital in self.vitals]

    @classmethod
    def from_json(cls, data: list[dict[str, Any]]) -> Health:
        """What `to_json` wrote."""
        return cls([Vital(**vital) for vital in data])

    def section(self) -> Section:
        """Table of the last epoch, and curves."""
        from regtrain.charts import Chart
        from regtrain.page.section import Section

        section = Section(
            "Health",
            "Each layer after each epoch, on the same 256 training examples. Updates of about a thousandth "
            "of the weights are usual; dead and saturated units do not learn.",
        )
        complaint = self.complaint()
        if complaint:
            section.verdict(f"{complaint[0].upper()}{complaint[1:]}.", "warn")
        section.table(
            ("layer", "mean", "std", "saturated", "dead", "gradient norm", "update ratio"),
            [
                (
                    v.layer,
                    v.mean,
                    v.std,
                    f"{v.saturated:.0%}",
                    f"{v.dead:.0%}",
                    v.gradient,
                    v.update,
                )
                for v in self.last()
            ],
            caption=f"After epoch {self.vitals[-1].epoch}.",
        )
        if self.vitals[0].epoch == self.vitals[-1].epoch:
            return section
        weighted = [v.layer for v in self.last() if v.gradient is not None]
        active = [v.layer for v in self.last() if v.layer not in weighted]
        for title, names, key, log in (
            ("Spread of activations", active or weighted, "std", False),
            ("Gradient norms", weighted, "gradient", True),
            ("Update ratios", weighted, "update", True),
        ):
            chart = Chart(title, x="epoch", y=key, log_y=log)
            for name in names[:8]:
                mine = [v for v in self.vitals if v.layer == name and getattr(v, key) is not None]
                chart.line([v.epoch for v in mine], [getattr(v, key) for v in mine], name)
            section.chart(chart.guide(y=1e-3, name="usual") if key == "update" else chart)
        return section
