"""Activations by depth under small, large, Xavier's and He's weights."""

from __future__ import annotations

from math import sqrt

import numpy as np

from regtrain.charts import Chart, heat_map
from regtrain.lessons.depth import EXAMPLES, LAYERS, UNITS, Depth, through
from regtrain.page import Section

TITLE = "Xavier for tanh and logistic, He for ReLU"
SLIDE = "Xavier / Glorot Initialization; He Initialization"

XAVIER = 1 / sqrt(UNITS)
HE = 1 / sqrt(UNITS / 2)


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"{EXAMPLES} Gaussian examples go through {LAYERS} layers of {UNITS} units. Xavier's weights are "
        "`randn(n_in, n_out)/sqrt(n_in)`, He's are `randn(n_in, n_out)/sqrt(n_in/2)`. A good beginning "
        "keeps the spread of the activations from layer to layer.",
    )
    cases: dict[str, Depth] = {
        "tanh, std 0.01": through("tanh", 0.01, seed),
        "tanh, std 1": through("tanh", 1.0, seed),
        "tanh, Xavier": through("tanh", XAVIER, seed),
        "logistic, std 1": through("logistic", 1.0, seed),
        "relu, Xavier": through("relu", XAVIER, seed),
        "relu, He": through("relu", HE, seed),
        "leaky relu, He": through("leaky relu", HE, seed),
    }
    spread = {name: case.stds for name, case in cases.items()}
    saturated = {
        "tanh, std 1": 1 - cases["tanh, std 1"].shares(-0.97, 0.97)[-1],
        "tanh, Xavier": 1 - cases["tanh, Xavier"].shares(-0.97, 0.97)[-1],
        "logistic, std 1": 1 - cases["logistic, std 1"].shares(0.03, 0.97)[-1],
    }
    layers = range(1, LAYERS + 1)
    chart = Chart("Spread of the activations by depth", x="layer", y="std", log_y=True)
    for name in ("tanh, std 0.01", "tanh, std 1", "tanh, Xavier", "relu, Xavier", "relu, He"):
        chart.line(layers, spread[name], name)
    section.chart(chart, "Level is good: nothing dies out and nothing saturates.")
    back = Chart("Size of the gradient by depth", x="layer", y="rms, 1 at the top", log_y=True)
    for name in ("tanh, std 0.01", "tanh, Xavier", "relu, Xavier", "relu, He"):
        back.line(layers, cases[name].gradients, name)
    section.chart(back, "What reaches the first layer is what it can learn from.")
    for name in ("tanh, std 0.01", "tanh, std 1", "tanh, Xavier", "relu, He"):
        section.chart(_histograms(name, cases[name]))
    section.table(
        (
            "activation, weights",
            "std layer 1",
            "layer 5",
            "layer 10",
            "saturated",
            "zero",
            "gradient at 1",
        ),
        [
            (
                name,
                stds[0],
                stds[4],
                stds[9],
                f"{saturated[name]:.0%}" if name in saturated else "",
                f"{cases[name].shares(0, 0)[-1]:.0%}" if name.startswith("relu") else "",
                cases[name].gradients[0],
            )
            for name, stds in spread.items()
        ],
        caption="Saturated: tanh beyond ±0.97, logistic outside [0.03, 0.97], in layer 10.",
    )
    small, large = spread["tanh, std 0.01"], spread["tanh, std 1"]
    good, he, wrong = spread["tanh, Xavier"], spread["relu, He"], spread["relu, Xavier"]
    section.claim(
        "Small weights let the signal vanish",
        small[9] < 1e-5,
        f"std {small[0]:.3f} → {small[9]:.1e}",
    )
    section.claim(
        "Large weights saturate tanh and logistic units",
        saturated["tanh, std 1"] > 0.85 and saturated["logistic, std 1"] > 0.75 and large[9] > 0.95,
        f"{saturated['tanh, std 1']:.0%} of tanh, {saturated['logistic, std 1']:.0%} of logistic",
    )
    section.claim(
        "Xavier keeps tanh alive and unsaturated through ten layers",
        good[9] > 0.2 and saturated["tanh, Xavier"] < 0.01,
        f"std {good[0]:.3f}, {good[4]:.3f}, {good[9]:.3f}; {saturated['tanh, Xavier']:.1%} saturated",
    )
    section.claim(
        "He keeps ReLU and leaky ReLU level",
        0.8 < he[9] / he[0] < 1.25 and 0.8 < spread["leaky relu, He"][9] / he[0] < 1.25,
        f"ReLU {he[0]:.3f} → {he[9]:.3f}, leaky {spread['leaky relu, He'][9]:.3f}",
    )
    section.claim(
        "Under Xavier's weights a ReLU net halves its variance in every layer",
        abs((wrong[9] / wrong[0]) ** (2 / 9) - 0.5) < 0.03,
        f"variance × {(wrong[9] / wrong[0]) ** (2 / 9):.3f} per layer",
    )
    return section


def _histograms(name: str, case: Depth) -> str:
    """A heat map: one row per layer, one column per range of activations."""
    lowest, highest = (0.0, 4.0) if "relu" in name else (-1.0, 1.0)
    edges = np.linspace(lowest, highest, 26)
    counts = [np.histogram(np.clip(h, lowest, highest), edges)[0] for h in case.hidden[::2]]
    centers = (edges[1:] + edges[:-1]) / 2
    return heat_map(
        f"{name}: where activations lie",
        counts,
        rows=[f"layer {number}" for number in range(1, LAYERS + 1, 2)],
        columns=[f"{center:.1f}" for center in centers],
        x="activation",
        numbers=False,
    )
