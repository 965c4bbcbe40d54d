"""L2 regularization: smaller weights, smoother fits; the slide's formula and regtrain's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from regtrain import Dense, Momentum, Sequential, SquaredError, Trainer
from regtrain.charts import Chart
from regtrain.lessons.data import generator
from regtrain.page import Section

TITLE = "L2 keeps weights small"
SLIDE = "L2 Regularization"

DEGREE = 15
SAMPLES = 30
NOISE = 0.25
LAMBDAS = tuple(10.0**exponent for exponent in np.arange(-6, 1.01, 0.5))

Floats = NDArray[np.float64]


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"A polynomial of degree {DEGREE} through {SAMPLES} noisy samples of a sine, with the penalty "
        "(λ/2)‖W‖² added to the mean squared error; the bias is not penalized.",
    )
    random = generator(seed, "l2")
    x = np.sort(random.uniform(0, 2 * np.pi, SAMPLES))
    y = np.sin(x) + NOISE * random.standard_normal(SAMPLES)
    fresh = np.linspace(0.1, 2 * np.pi - 0.1, 200)
    truth = np.sin(fresh)
    columns, test = _columns(x), _columns(fresh)
    fits = {value: ridge(columns, y, value) for value in LAMBDAS}
    norms = [float(np.linalg.norm(w)) for w, _ in fits.values()]
    train = [float(np.mean((columns @ w + b - y) ** 2)) for w, b in fits.values()]
    error = [float(np.mean((test @ w + b - truth) ** 2)) for w, b in fits.values()]
    best = int(np.argmin(error))
    paths = Chart("Weights against λ", x="λ", y="weight", log_x=True, y_range=(-3, 3))
    for k in range(DEGREE):
        paths.line(LAMBDAS, [fits[value][0][k] for value in LAMBDAS], "one of 15 weights")
    section.chart(paths, "A larger λ draws every weight towards 0.")
    section.chart(
        Chart("Error against λ", x="λ", y="mean squared error", log_x=True, log_y=True)
        .line(LAMBDAS, train, "training error")
        .line(LAMBDAS, error, "error against the truth")
        .guide(x=LAMBDAS[best], name="best")
    )
    chart = Chart("Fits", x="x", y="y", y_range=(-1.8, 1.8)).points(x, y, "samples")
    for value in (LAMBDAS[0], LAMBDAS[best], LAMBDAS[-1]):
        w, b = fits[value]
        chart.line(fresh, test @ w + b, f"λ = {value:.2g}")
    section.chart(chart)
    section.table(
        ("λ", "‖W‖", "training error", "error against the truth"),
        [(LAMBDAS[i], norms[i], train[i], error[i]) for i in range(0, len(LAMBDAS), 2)],
    )
    # The slide adds ‖θ‖² to the sum of squares. Divided by N that is our mean with λ = 2/N.
    slide, ours = _slide(columns, y), ridge(columns, y, 2 / SAMPLES)
    trained = _by_gradient_descent(columns, y, 2 / SAMPLES, seed)
    apart = max(float(np.abs(slide[0] - ours[0]).max()), abs(slide[1] - ours[1]))
    off = max(float(np.abs(trained[0] - ours[0]).max()), abs(trained[1] - ours[1]))
    section.heading("The slide's formula and regtrain's")
    section.say(
        "The slide minimizes Σ(y - f(x))² + ‖θ‖². Divided by N this is the mean of (y - f(x))² plus "
        "‖θ‖²/N, which is regtrain's mean plus (λ/2)‖W‖² with λ = 2/N. The mean and the factor keep λ's "
        "meaning when data are added, and for every batch size; its gradient is just λW, so each step "
        "of gradient descent is w ← w - η∇L - ηλw: can we use the same gradient descent? Yes."
    )
    section.table(
        ("solution", "‖W‖", "bias"),
        [
            ("the slide's, in closed form", float(np.linalg.norm(slide[0])), slide[1]),
            (f"regtrain's at λ = 2/N = {2 / SAMPLES:.4f}", float(np.linalg.norm(ours[0])), ours[1]),
            ("`Trainer(l2=2/N)` by gradient descent", float(np.linalg.norm(trained[0])), trained[1]),
        ],
    )  # fmt: skip
    section.claim(
        "A larger λ gives smaller weights, always",
        all(later < earlier for earlier, later in pairwise(norms)),
        f"‖W‖ from {norms[0]:.2f} to {norms[-1]:.2f}",
    )
    section.claim(
        "Training error rises with λ, the error that counts falls first",
        train[best] > train[0] and error[best] < error[0] / 1.5 and error[best] < error[-1] / 5,
        f"{error[0]:.4f} at λ = {LAMBDAS[0]:.0e}, {error[best]:.4f} at {LAMBDAS[best]:.2g}, "
        f"{error[-1]:.4f} at {LAMBDAS[-1]:.0f}",
    )
    section.claim(
        "The slide's Σ(y - f)² + ‖θ‖² and regtrain's mean + (λ/2)‖W‖² with λ = 2/N agree",
        apart < 1e-9,
        f"largest difference {apart:.1e}",
    )
    section.claim(
        "Gradient descent with L2 finds the same weights",
        off < 2e-3,
        f"largest difference from the closed form {off:.1e}",
    )
    return section


def _columns(x: Floats) -> Floats:
    """Legendre polynomials 1 to 15 of x on [0, 2π], each of mean square 1."""
    return np.asarray(
        legendre.legvander(x / np.pi - 1, DEGREE)[:, 1:] * np.sqrt(2 * np.arange(1, DEGREE + 1) + 1)
    )


def ridge(columns: Floats, y: Floats, value: float) -> tuple[Floats, float]:
    """The minimum of mean (y - Xw - b)² + (λ/2)‖w‖², by the normal equations."""
    middle, level = columns.mean(0), float(y.mean())
    centered = columns - middle
    matrix = centered.T @ centered / len(y) + value / 2 * np.eye(columns.shape[1])
    w = np.linalg.solve(matrix, centered.T @ (y - level) / len(y))
    return w, level - float(middle @ w)


def _slide(columns: Floats, y: Floats) -> tuple[Floats, float]:
    """The minimum of Σ(y - Xw - b)² + ‖w‖², as least squares with a row for each weight."""
    n, k = columns.shape
    above = np.hstack([columns, np.ones((n, 1))])
    below = np.hstack([np.eye(k), np.zeros((k, 1))])
    found = np.linalg.lstsq(
        np.vstack([above, below]), np.concatenate([y, np.zeros(k)]), rcond=None
    )[0]
    return found[:-1], float(found[-1])


def _by_gradient_descent(
    columns: Floats, y: Floats, value: float, seed: int
) -> tuple[Floats, float]:
    model = Sequential(Dense(1))
    trainer = Trainer(
        model, loss=SquaredError(), optimizer=Momentum(0.02, momentum=0.95), l2=value, batch_size=None,
        max_epochs=3000, monitor_train=1, seed=seed,
    )  # fmt: skip
    trainer.fit((columns.astype(np.float32), y.astype(np.float32)))
    found = model.parameters.astype(np.float64)
    return found[:-1], float(found[-1])
