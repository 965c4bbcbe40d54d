"""Polynomials of degree 1 to 25 through noisy samples of a sine, refitted on many samples."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from regtrain.charts import Chart
from regtrain.lessons.data import generator
from regtrain.page import Section

TITLE = "Simple models are biased, complex models vary"
SLIDE = "Why do we need regularization? Bias-Variance Trade-off"

DEGREES = tuple(range(1, 26))
REFITS = 200
SAMPLES = 40
NOISE = 0.25
POOL = 100

Floats = NDArray[np.float64]


def basis(x: Floats, degree: int) -> Floats:
    """Chebyshev polynomials 0 to ``degree`` on [0, 2π]: powers up to x²⁵ are numerically singular."""
    return np.asarray(chebyshev.chebvander(x / np.pi - 1, degree))


def refits(seed: int, degree: int) -> tuple[Floats, Floats, Floats]:
    """Predictions (refits, pool), training and test errors (refits,) of one degree.

    Each refit sees 40 of 100 places with new noise; every degree sees the same ones. The test error
    is that of new noisy values at all 100 places.
    """
    x = np.linspace(0, 2 * np.pi, POOL)
    columns = basis(x, degree)
    random = generator(seed, "bias-variance")
    predictions, train, test = [], [], []
    for _ in range(REFITS):
        chosen = random.permutation(POOL)[:SAMPLES]
        y = np.sin(x[chosen]) + NOISE * random.standard_normal(SAMPLES)
        fresh = np.sin(x) + NOISE * random.standard_normal(POOL)
        weights = np.linalg.lstsq(columns[chosen], y, rcond=None)[0]
        predicted = columns @ weights
        predictions.append(predicted)
        train.append(np.mean((predicted[chosen] - y) ** 2))
        test.append(np.mean((predicted - fresh) ** 2))
    return np.array(predictions), np.array(train), np.array(test)


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"The truth is sin(x); each fit sees {SAMPLES} noisy samples (noise {NOISE}) and is repeated "
        f"{REFITS} times. Bias is how far the mean of the fits is from the truth, variance how far "
        "the fits are from their mean.",
    )
    x = np.linspace(0, 2 * np.pi, POOL)
    truth = np.sin(x)
    bias, variance, train, test, typical, sums = [], [], [], [], [], []
    fits: dict[int, Floats] = {}
    for degree in DEGREES:
        predictions, train_errors, test_errors = refits(seed, degree)
        fits[degree] = predictions
        squared = (predictions.mean(0) - truth) ** 2
        spread = predictions.var(0)
        # At a typical place: at high degrees a few fits explode at the ends and rule every mean.
        bias.append(float(np.median(squared)))
        variance.append(float(np.median(spread)))
        sums.append(float(np.mean(squared + spread)) + NOISE**2)
        train.append(float(np.mean(train_errors)))
        test.append(float(np.mean(test_errors)))
        typical.append(float(np.median(test_errors)))
    _picture(section, x, truth, fits)
    section.chart(
        Chart("Bias² and variance at a typical place", x="degree", y="squared error", log_y=True)
        .line(DEGREES, bias, "bias²")
        .line(DEGREES, variance, "variance")
        .guide(y=NOISE**2, name="noise²"),
        "Bias falls with complexity, variance rises.",
    )
    best = DEGREES[int(np.argmin(typical))]
    section.chart(
        Chart("Error against complexity", x="degree", y="mean squared error", y_range=(0, 0.4))
        .line(DEGREES, train, "training error")
        .line(DEGREES, typical, "test error (median fit)")
        .guide(x=best, name=f"best: {best}"),
        "Training error only falls; test error falls, then explodes.",
    )
    section.table(
        (
            "degree",
            "bias²",
            "variance",
            "training error",
            "test error (median)",
            "test error (mean)",
        ),
        [
            (d, bias[d - 1], variance[d - 1], train[d - 1], typical[d - 1], test[d - 1])
            for d in (1, 2, 3, 5, 7, 9, 12, 15, 20, 25)
        ],
    )
    section.claim(
        "The simple model (degree 1) has high bias and low variance",
        bias[0] > 10 * variance[0],
        f"bias² {bias[0]:.3f}, variance {variance[0]:.3f}",
    )
    section.claim(
        "The complex model (degree 25) has low bias and high variance",
        bias[24] < bias[0] / 10 and variance[24] > 50 * variance[0],
        f"bias² {bias[24]:.3f}, variance {variance[24]:.2f}",
    )
    section.claim(
        "Training error falls with every degree",
        all(later < earlier for earlier, later in pairwise(train)),
        f"{train[0]:.3f} at degree 1, {train[24]:.3f} at degree 25",
    )
    section.claim(
        "Test error is least in between",
        1 < best < 12 and typical[best - 1] < min(typical[0], typical[24]) / 2,
        f"{typical[best - 1]:.3f} at degree {best}; {typical[0]:.3f} at degree 1 and "
        f"{typical[24]:.3g} at degree 25",
    )
    gap = max(abs(test[d - 1] / sums[d - 1] - 1) for d in range(1, 8))
    section.claim(
        "Test error is bias² + variance + noise²",
        gap < 0.05,
        f"largest difference over degrees 1 to 7: {gap:.2%}",
    )
    return section


def _picture(section: Section, x: Floats, truth: Floats, fits: dict[int, Floats]) -> None:
    for degree, name in ((1, "Simple: degree 1"), (25, "Complex: degree 25")):
        chart = Chart(name, x="x", y="y", y_range=(-2.2, 2.2)).line(x, truth, "sin(x)", dashed=True)
        for number in range(12):
            chart.line(x, fits[degree][number], "twelve of the fits")
        section.chart(chart)
